import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Wrong flags. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The flags by which every tool is told its server. */
export const SERVER_FLAGS = {
  api: { type: "string" },
  "token-file": { type: "string" },
} as const;

/** The trimmed text of a file of the data folder, or null. */
function written(folder: string, file: string): string | null {
  const full = path.join(folder, file);
  return existsSync(full) ? readFileSync(full, "utf8").trim() : null;
}

/**
 * Which server to speak to, and as whom: by flags, else by GANRM_API_URL and GANRM_TOKEN, else the server that uses the data
 * folder. @throws UsageError without a token
 */
export function whichServer(
  given: { api?: string; "token-file"?: string },
  env: Record<string, string | undefined>,
): { api: string; token: string } {
  const folder = env.GANRM_DATA_DIR ?? "data";
  const tokenFile = given["token-file"];
  if (tokenFile !== undefined && !existsSync(tokenFile)) throw new UsageError(`--token-file: no file ${tokenFile}.`);
  const token = tokenFile
    ? readFileSync(tokenFile, "utf8").trim()
    : (env.GANRM_TOKEN ?? written(folder, "admin-token"));
  if (!token)
    throw new UsageError(`No token: start the server (npm start) in this folder, or give --token-file or GANRM_TOKEN.`);
  return { api: given.api ?? env.GANRM_API_URL ?? written(folder, "url") ?? "http://127.0.0.1:4400", token };
}
