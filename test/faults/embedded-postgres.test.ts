import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { clusterProcesses, isAlive } from "../../server/database/embedded/processes.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";

const OWNER = new URL("./embedded-postgres-owner.ts", import.meta.url);

let home: string;
let dataDirectory: string;
let running: EmbeddedPostgres[] = [];
let owners: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gan-rm-lab-faults-"));
  chmodSync(home, 0o711);
  dataDirectory = join(home, "postgres");
});

afterEach(async () => {
  for (const owner of owners) owner.kill("SIGKILL");
  for (const postgres of running) await postgres.stop();
  // A watchdog may still be shutting one down.
  for (let i = 0; i < 200 && leftovers().length > 0; i++) await sleep(50);
  const location = join(dataDirectory, "cluster-location");
  if (existsSync(location)) rmSync(readFileSync(location, "utf8"), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
  running = [];
  owners = [];
});

const leftovers = (): number[] =>
  clusterProcesses({ folder: join(dataDirectory, "cluster"), name: "none" }).postmasters;

async function start(options: { port?: number } = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDirectory, ...options });
  running.push(postgres);
  return postgres;
}

/** Starts it in a process of its own, which can be killed. */
async function startInChild(): Promise<{ owner: ChildProcess; url: string; pid: number }> {
  const owner = fork(OWNER, [dataDirectory], { execArgv: ["--import", "tsx"] });
  owners.push(owner);
  const [message] = (await once(owner, "message")) as [{ url: string; pid: number }];
  return { owner, ...message };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (condition()) return;
    await sleep(25);
  }
  throw new Error(`waited 10 s in vain: ${what}`);
}

it("is Postgres 18 with UTF-8, durable commits, a password and no other listener", async () => {
  const { url } = await start();
  const [settings] = await query(
    url,
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
       current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
       current_setting('server_encoding') as encoding, upper('ß' || 'é') as upper, uuidv7() is not null as uuidv7`,
  );
  const expected = { fsync: "on", addresses: "127.0.0.1", sockets: "", encoding: "UTF8", upper: "ßÉ", uuidv7: true };
  expect(settings).toMatchObject({ version: expect.stringMatching(/^18/), ...expected });
  const wrong = new URL(url);
  wrong.password = "guess";
  await expect(query(wrong.href, "select 1")).rejects.toThrow(/password/);
});

it("stopped and started again: same port, same password, same rows", async () => {
  const first = await start();
  await query(first.url, "create table kept as select 7 as n");
  await first.stop();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, "select n from kept")).toEqual([{ n: 7 }]);
});

it("kill -9 of the postmaster and a stop: the next start recovers what was committed", async () => {
  const first = await start();
  await query(first.url, "create table kept as select generate_series(1, 1000) as n");
  process.kill(first.pid, "SIGKILL");
  await first.stop();
  const second = await start();
  expect(await query(second.url, "select count(*) as n from kept")).toEqual([{ n: "1000" }]);
});

it("kill -9 of the postmaster while we run: it is back at the same address with what was committed", async () => {
  const postgres = await start();
  await query(postgres.url, "create table kept as select 7 as n");
  const killed = postgres.pid;
  process.kill(killed, "SIGKILL");
  await until("another postmaster runs", () => postgres.pid !== killed);
  expect(await query(postgres.url, "select n from kept")).toEqual([{ n: 7 }]);
});

it("kill -9 of our own process: Postgres shuts down by itself and the next start finds the rows", async () => {
  const { owner, url, pid } = await startInChild();
  await query(url, "create table kept as select 7 as n");
  owner.kill("SIGKILL");
  await until("the watchdog stopped Postgres", () => !isAlive(pid));
  expect(readFileSync(join(dataDirectory, "postgres.log"), "utf8")).toMatch(/received fast shutdown request/);
  expect(await query((await start()).url, "select n from kept")).toEqual([{ n: 7 }]);
});

it("kill -9 of our own process and a start at once: the old postmaster is ended, then ours runs", async () => {
  const { owner, url, pid } = await startInChild();
  await query(url, "create table kept as select 7 as n");
  owner.kill("SIGKILL");
  await once(owner, "exit");
  const second = await start();
  expect(second.pid).not.toBe(pid);
  expect(isAlive(pid)).toBe(false);
  expect(await query(second.url, "select n from kept")).toEqual([{ n: 7 }]);
});

it("an orphan that no watchdog ended, with a statement running, is ended by the next start", async () => {
  const { owner, url, pid } = await startInChild();
  await query(url, "create table kept as select 7 as n");
  killWatchdogOf(pid);
  const sleeper = query(url, "select pg_sleep(300)").catch((error: Error) => error.message);
  owner.kill("SIGKILL");
  await sleep(500);
  expect(isAlive(pid)).toBe(true);
  const second = await start();
  expect(isAlive(pid)).toBe(false);
  expect(await sleeper).toMatch(/terminat/);
  expect(await query(second.url, "select n from kept")).toEqual([{ n: 7 }]);
});

it.runIf(process.platform === "linux")(
  "an orphan whose data folder was moved since is ended before a second postmaster opens the same files",
  async () => {
    const { owner, url, pid } = await startInChild();
    await query(url, "create table kept as select 7 as n");
    killWatchdogOf(pid);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    renameSync(dataDirectory, join(home, "moved"));
    dataDirectory = join(home, "moved");
    const second = await start();
    expect(isAlive(pid)).toBe(false);
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 7 }]);
  },
);

it("a postmaster.pid whose number belongs to another program is no obstacle, and that program lives on", async () => {
  await (await start()).stop();
  // Same account as Postgres where that matters: it is the case that Postgres itself refuses.
  const other = spawn("sleep", ["300"], { stdio: "ignore", ...accountOf(join(dataDirectory, "cluster")) });
  try {
    await once(other, "spawn");
    const pidFile = [other.pid, join(dataDirectory, "cluster"), 1, 5432, "", "127.0.0.1", "1 1", "ready"];
    writeFileSync(join(dataDirectory, "cluster", "postmaster.pid"), `${pidFile.join("\n")}\n`);
    expect(await query((await start()).url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(isAlive(other.pid ?? 0)).toBe(true);
  } finally {
    other.kill("SIGKILL");
  }
});

it("a postmaster.pid of a dead process is no obstacle", async () => {
  await (await start()).stop();
  const pidFile = [deadPid(), join(dataDirectory, "cluster"), 1, 5432, "", "127.0.0.1", "1 1", "ready"];
  writeFileSync(join(dataDirectory, "cluster", "postmaster.pid"), `${pidFile.join("\n")}\n`);
  expect(await query((await start()).url, "select 1 as one")).toEqual([{ one: 1 }]);
});

it("a taken port: another is chosen and remembered", async () => {
  const first = await start();
  await first.stop();
  const squatter = createServer().listen(first.port, "127.0.0.1");
  await once(squatter, "listening");
  try {
    const second = await start();
    expect(second.port).not.toBe(first.port);
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.stop();
    expect((await start()).port).toBe(second.port);
  } finally {
    squatter.close();
  }
});

it("an initdb killed half-way is cleared away and done anew", async () => {
  const draft = join(dataDirectory, "cluster.draft-1234");
  mkdirSync(join(draft, "base"), { recursive: true });
  writeFileSync(join(draft, "PG_VERSION"), "18\n");
  expect(await query((await start()).url, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(readdirSync(dataDirectory).filter((name) => name.includes("draft"))).toEqual([]);
});

it("a second start on the same folder is refused with the process that holds it; a stale lock is not", async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(`process ${process.pid}) already uses ${dataDirectory}`);
  expect(await query(first.url, "select 1 as one")).toEqual([{ one: 1 }]);
  await first.stop();
  writeFileSync(join(dataDirectory, "lock"), JSON.stringify({ pid: deadPid(), identity: "gone" }));
  await (await start()).stop();
  // Our own number, taken by "another program" since: told apart by when it started.
  writeFileSync(join(dataDirectory, "lock"), JSON.stringify({ pid: process.pid, identity: "an earlier boot" }));
  expect(await query((await start()).url, "select 1 as one")).toEqual([{ one: 1 }]);
});

it.runIf(process.getuid?.() === 0)(
  "a folder closed to Postgres's account: the cluster lies elsewhere, and says so",
  async () => {
    chmodSync(home, 0o700);
    const said: string[] = [];
    const first = await startEmbeddedPostgres({ dataDirectory, log: (message) => said.push(message) });
    running.push(first);
    await query(first.url, "create table kept as select 7 as n");
    expect(said.join(" ")).toMatch(/its files are in \/var\/lib\/gan-rm-lab\//);
    await first.stop();
    expect(await query((await start()).url, "select n from kept")).toEqual([{ n: 7 }]);
  },
);

/** A number that was a process a moment ago. */
function deadPid(): number {
  let pid = 3_999_999;
  while (isAlive(pid)) pid--;
  return pid;
}

function accountOf(path: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

function killWatchdogOf(postmaster: number): void {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const command = readCommand(name);
    if (command.includes("gan-rm-lab-watchdog") && command.endsWith(` ${postmaster}`))
      process.kill(Number(name), "SIGKILL");
  }
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
