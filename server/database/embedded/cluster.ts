import { spawn } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Account, canReach } from "./account.ts";
import { isAlive, stopLeftovers } from "./processes.ts";

/** The role and the database that the product uses; the role owns the cluster. */
export const ROLE = "ganrm";

/** A Postgres data folder (PGDATA) and the name its processes carry. */
export interface Cluster {
  folder: string;
  name: string;
}

/**
 * Where the cluster lies: in the data folder, or, where the account cannot reach that (a clone under /root), in
 * /var/lib/gan-rm-lab under a name that the data folder remembers.
 */
export async function locateCluster(dataDirectory: string, account: Account | undefined): Promise<Cluster> {
  const pointer = join(dataDirectory, "cluster-location");
  let home = (await readFile(pointer, "utf8").catch(() => "")).trim();
  if (!home) {
    // A new name each time: a data folder deleted and made again must not meet the cluster of its predecessor.
    const elsewhere = join("/var/lib/gan-rm-lab", randomUUID());
    home = canReach(account, dataDirectory) ? dataDirectory : elsewhere;
    await mkdir(home, { recursive: true, mode: 0o755 });
    if (home !== dataDirectory) await writeDurably(pointer, home);
  }
  const folder = join(home, "cluster");
  return { folder, name: `ganrm-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}` };
}

/** The role's password: 256 random bits, made once, in a file only this user can read. */
export async function clusterPassword(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, "password");
  const known = (await readFile(path, "utf8").catch(() => "")).trim();
  if (known) return known;
  const password = randomBytes(32).toString("base64url");
  await writeDurably(path, password);
  return password;
}

/**
 * Makes the cluster unless it is there. initdb works in a folder beside it that is renamed when complete: one killed
 * half-way leaves nothing that looks like a cluster.
 */
export async function ensureCluster(
  cluster: Cluster,
  options: { initdb: string; password: string; account: Account | undefined; durable: boolean },
): Promise<void> {
  const home = dirname(cluster.folder);
  for (const name of await readdir(home)) {
    if (name.startsWith("cluster.draft-")) await rm(join(home, name), { recursive: true, force: true });
  }
  if (existsSync(cluster.folder)) return;
  const draft = join(home, `cluster.draft-${randomUUID()}`);
  const passwordFile = `${draft}.password`.replace("cluster.draft-", "cluster.draft-password-");
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (options.account) {
    await chown(draft, options.account.uid, options.account.gid);
    await chown(passwordFile, options.account.uid, options.account.gid);
  }
  try {
    await runInitdb(draft, passwordFile, options);
    await rename(draft, cluster.folder);
    await syncFolder(home);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(
  folder: string,
  passwordFile: string,
  options: { initdb: string; account: Account | undefined; durable: boolean },
): Promise<void> {
  const collation = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${ROLE}`, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const args = ["-D", folder, ...collation, ...access, ...(options.durable ? [] : ["--no-sync"])];
  const child = spawn(options.initdb, args, {
    ...options.account,
    cwd: "/",
    env: postgresEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`initdb could not make the database in ${folder}: ${output.trim().slice(-2000)}`);
}

const MIB = 2 ** 20;

/**
 * PG* variables of the user's shell must not reach our own Postgres. glibc is told to keep a few MiB that a statement is
 * done with: given back, they are faulted in again page by page for the next, a quarter of the time of a page of samples.
 */
export const postgresEnvironment = (): NodeJS.ProcessEnv => {
  const memory = { MALLOC_TRIM_THRESHOLD_: `${8 * MIB}`, MALLOC_MMAP_THRESHOLD_: `${4 * MIB}` };
  return {
    PATH: process.env.PATH,
    LC_ALL: "C",
    TZ: "UTC",
    ...memory,
  } as Partial<NodeJS.ProcessEnv> as NodeJS.ProcessEnv;
};

/**
 * Clears what a crash left in the cluster's way: running processes of it, and a postmaster.pid whose number belongs to
 * another program by now, which Postgres itself would take for a running server. A dead number it handles itself, with
 * its check for shared memory still in use.
 * @returns how many processes of an earlier run were ended
 */
export async function clearLeftovers(cluster: Cluster): Promise<number> {
  const ended = await stopLeftovers(cluster);
  const pidFile = join(cluster.folder, "postmaster.pid");
  const pid = Number.parseInt(await readFile(pidFile, "utf8").catch(() => ""), 10);
  if (pid > 0 && isAlive(pid)) await rm(pidFile, { force: true });
  return ended;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, "w", 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
  await rename(draft, path);
  await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be opened there
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}
