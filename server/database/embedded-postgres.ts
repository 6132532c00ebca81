/**
 * A real Postgres 18 inside the project: nothing to install, `npm start` is enough. Words used here: the DATA FOLDER is
 * ours (password, port, lock, log), the CLUSTER is Postgres's own folder (PGDATA) in it, the POSTMASTER is its first
 * process, whose children serve the connections.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { readFile, realpath, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type Account, postgresAccount } from "./embedded/account.ts";
import { postgresBinaries } from "./embedded/binaries.ts";
import {
  type Cluster,
  clearLeftovers,
  clusterPassword,
  ensureCluster,
  locateCluster,
  postgresEnvironment,
  ROLE,
} from "./embedded/cluster.ts";
import { lockFolder } from "./embedded/folder-lock.ts";

export interface EmbeddedPostgresOptions {
  /** Folder for everything of this database; made when missing. One process at a time may use it. */
  dataDirectory: string;
  /** Wished port; default the one used last time. A free one is taken, and remembered, where it is busy. */
  port?: number;
  /** Default true: what was committed survives a power cut. False is for tests. */
  durable?: boolean;
  /** Told what was done, in one sentence each. */
  log?: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** postgres:// with the password in it: not for logs. */
  url: string;
  port: number;
  /** Process id of the postmaster; another after it was started again. */
  readonly pid: number;
  /** Fast shutdown: open statements are rolled back, everything committed is on disk. May be called twice. */
  stop(): Promise<void>;
}

/** For a small machine that also runs encoders; connections are few and statements short. */
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "256MB",
  effective_cache_size: "1GB",
  work_mem: "16MB",
  maintenance_work_mem: "128MB",
  wal_compression: "on",
  max_wal_size: "2GB",
  random_page_cost: "1.1",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] ",
  log_min_duration_statement: "2000",
};
const NOT_DURABLE = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", shared_buffers: "64MB" };
const MAX_LOG_BYTES = 16 * 1024 * 1024;
const START_ATTEMPTS = 4;
/** Recovery after a crash replays the log before it lets anyone in. */
const READY_WITHIN_MS = 600_000;

/**
 * Starts the embedded Postgres, making its cluster the first time. Recovers by itself from whatever a crash left: a
 * stale or foreign postmaster.pid, a postmaster still running, a half-made cluster, a lock of a dead process, a taken
 * port. A postmaster that dies is started again; should this process die without `stop`, a watchdog shuts Postgres down.
 * @throws Error when another live process uses the folder, or Postgres cannot start (with the end of its log)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const durable = options.durable ?? true;
  mkdirSync(options.dataDirectory, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const dataDirectory = await realpath(options.dataDirectory);
  const unlock = await lockFolder(dataDirectory);
  try {
    const account = postgresAccount();
    const binaries = await postgresBinaries(account);
    const cluster = await locateCluster(dataDirectory, account);
    if (!cluster.folder.startsWith(dataDirectory)) {
      log(
        `Postgres may not run as root and its account cannot enter ${dataDirectory}; its files are in ${cluster.folder}.`,
      );
    }
    const password = await clusterPassword(dataDirectory);
    await ensureCluster(cluster, { initdb: binaries.initdb, password, account, durable });
    const ended = await clearLeftovers(cluster);
    if (ended > 0) log(`Ended ${ended} Postgres processes that an earlier run had left.`);
    const start = { dataDirectory, cluster, account, durable, password, program: binaries.postgres };
    const first = await startOnFreePort({ ...start, port: options.port });
    log(`Postgres 18 listens on 127.0.0.1:${first.port}.`);
    return supervise(first, start, { log, unlock });
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Starts a postmaster that ended without being asked to (kill -9, out of memory) again, on the same port. */
function supervise(
  first: Running,
  input: StartInput,
  owner: { log: (message: string) => void; unlock: () => Promise<void> },
): EmbeddedPostgres {
  let current = first;
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();
  async function restart(): Promise<void> {
    for (let attempt = 1; !stopping; attempt++) {
      owner.log(`Postgres ended unexpectedly; starting it again (attempt ${attempt}).`);
      try {
        await clearLeftovers(input.cluster);
        current = await startPostmaster(input, first.port);
        watch();
        return;
      } catch (error) {
        owner.log((error as Error).message);
        await sleep(Math.min(attempt, 10) * 1000, undefined, { ref: false });
      }
    }
  }
  function watch(): void {
    current.postmaster.once("exit", () => {
      if (!stopping) restarting = restart();
    });
  }
  watch();
  return {
    url: first.url,
    port: first.port,
    get pid() {
      return current.pid;
    },
    stop: onlyOnce(async () => {
      stopping = true;
      await restarting;
      await stopPostmaster(current.postmaster);
      await owner.unlock();
    }),
  };
}

interface StartInput {
  dataDirectory: string;
  cluster: Cluster;
  account: Account | undefined;
  durable: boolean;
  password: string;
  program: string;
}

interface Running {
  url: string;
  port: number;
  pid: number;
  postmaster: ChildProcess;
}

async function startOnFreePort(input: StartInput & { port: number | undefined }): Promise<Running> {
  const portFile = join(input.dataDirectory, "port");
  const remembered = Number.parseInt(await readFile(portFile, "utf8").catch(() => ""), 10);
  let wished = input.port ?? (remembered > 0 ? remembered : 0);
  for (let attempt = 1; ; attempt++) {
    // Between the look and the start another program may take the port; then the next attempt takes any free one.
    const port = (await freePort(wished)) ?? (await freePort(0)) ?? 0;
    try {
      const running = await startPostmaster(input, port);
      await writeFile(portFile, String(port), { mode: 0o600 });
      return running;
    } catch (error) {
      if (attempt >= START_ATTEMPTS || (error as Error).cause !== "exited") throw error;
      wished = 0;
      // Children of a killed postmaster hold its shared memory until they notice.
      await clearLeftovers(input.cluster);
      await sleep(250 * attempt);
    }
  }
}

/** The port itself when nobody listens on it (any free one for 0), else undefined. */
function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      const free = typeof address === "object" && address ? address.port : undefined;
      probe.close(() => resolve(free));
    });
  });
}

async function startPostmaster(input: StartInput, port: number): Promise<Running> {
  const logPath = join(input.dataDirectory, "postgres.log");
  const settings = { ...SETTINGS, ...(input.durable ? {} : NOT_DURABLE), cluster_name: input.cluster.name };
  const args = ["-D", input.cluster.folder, "-p", String(port)];
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
  const logFile = openLog(logPath);
  const logStart = statSync(logPath).size;
  // Its own process group: Ctrl-C reaches only this process, which stops Postgres after the last request.
  const postmaster = spawn(input.program, args, {
    ...input.account,
    cwd: "/",
    env: postgresEnvironment(),
    detached: true,
    stdio: ["ignore", logFile, logFile],
  });
  closeSync(logFile);
  await new Promise((resolve, reject) => postmaster.once("spawn", resolve).once("error", reject));
  postmaster.unref();
  const pid = postmaster.pid ?? 0;
  watchOver(postmaster, input.account);
  try {
    await untilReady(postmaster, { port, password: input.password });
  } catch (error) {
    await stopPostmaster(postmaster);
    const tail = readFileSync(logPath).subarray(logStart).toString().trim().slice(-2000);
    throw new Error(`Postgres did not start: ${(error as Error).message}\n${tail}`, { cause: (error as Error).cause });
  }
  return { url: `postgres://${ROLE}:${input.password}@127.0.0.1:${port}/${ROLE}`, port, pid, postmaster };
}

function openLog(path: string): number {
  const file = openSync(path, "a", 0o600);
  if (statSync(path).size > MAX_LOG_BYTES) truncateSync(path);
  return file;
}

/**
 * A shell that waits on a pipe from this process. The pipe closes however this process ends, kill -9 included, and the
 * shell asks Postgres for a fast shutdown, so no server stays behind unseen.
 */
function watchOver(postmaster: ChildProcess, account: Account | undefined): void {
  if (process.platform === "win32") return;
  const script = 'cat >/dev/null; kill -INT "$1"';
  const watchdog = spawn("/bin/sh", ["-c", script, "gan-rm-lab-watchdog", String(postmaster.pid)], {
    ...account,
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.on("error", () => undefined); // no shell: the next start finds what is left
  watchdog.unref();
  // The pipe must not keep this process alive either; Node types it as a plain stream.
  (watchdog.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  // Once Postgres has ended, its number may be another's: the watchdog must not outlive it.
  postmaster.once("exit", () => watchdog.kill("SIGKILL"));
}

/** Waits until it answers; makes the product's database the first time. */
async function untilReady(postmaster: ChildProcess, at: { port: number; password: string }): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(40)) {
    if (hasExited(postmaster)) throw new Error("it ended at once", { cause: "exited" });
    const client = new pg.Client({
      host: "127.0.0.1",
      user: ROLE,
      database: "postgres",
      connectionTimeoutMillis: 5000,
      ...at,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [ROLE]);
      if (rowCount === 0) await client.query(`create database ${ROLE}`);
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      // Not listening yet, or 57P03: starting up, recovering. A refusal of the password is no reason to wait.
      if (code.startsWith("28")) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new Error(`it was not ready within ${READY_WITHIN_MS / 1000} s`);
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** SIGINT is a fast shutdown, SIGQUIT an immediate one: Postgres then recovers at its next start. */
async function stopPostmaster(postmaster: ChildProcess): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (hasExited(postmaster)) return;
    postmaster.ref();
    postmaster.kill(signal);
    const gone = new Promise((resolve) => postmaster.once("exit", resolve));
    await Promise.race([gone, sleep(30_000, undefined, { ref: false })]);
  }
}

function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
