import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Role } from "../../shared/enums.ts";
import { type AuthService, newSecret } from "./auth.service.ts";

/**
 * A token that belongs to the installation and not to a person. It is made at the first start, kept in a file that only its
 * owner can read, and made anew when it was revoked.
 */
export async function installationToken(
  auth: AuthService,
  { file, name, role }: { file: string; name: string; role: Role },
): Promise<string> {
  const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : null;
  if (kept && (await auth.ensureToken(kept, name, role))) return kept;
  const secret = newSecret();
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  await auth.ensureToken(secret, name, role);
  return secret;
}

/** A token that the operator chose. @throws Error naming the variable when it was revoked or has another role */
export async function chosenToken(
  auth: AuthService,
  { variable, secret, name, role }: { variable: string; secret: string; name: string; role: Role },
): Promise<string> {
  if (await auth.ensureToken(secret, name, role)) return secret;
  throw new Error(`${variable}: this token was revoked or has another role than ${role}; choose another.`);
}
