import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The operating-system account that Postgres runs as; it refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * The account to start Postgres as: nothing to change for an ordinary user; for root the `postgres` account, made when
 * missing, or `nobody` where accounts cannot be made.
 * @throws Error when running as root on a machine with neither
 */
export function postgresAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const existing = findAccount("postgres");
  if (existing) return existing;
  spawnSync("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"]);
  const account = findAccount("postgres") ?? findAccount("nobody");
  if (account) return account;
  throw new Error(
    "Postgres refuses to run as root, and this machine has no `postgres` account and no useradd to make one.",
  );
}

/** Whether the account can enter a folder: one above it may be closed to others, /root for example. */
export function canReach(account: Account | undefined, folder: string): boolean {
  if (!account) return true;
  const args = ["-c", 'test -x "$1"', "sh", folder];
  return spawnSync("/bin/sh", args, { ...account, cwd: "/", stdio: "ignore" }).status === 0;
}

function findAccount(name: string): Account | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
