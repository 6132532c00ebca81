import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether a process with this id runs, whoever owns it. One that ended and that nobody has collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return process.platform !== "linux" || statOf(pid) !== undefined;
}

/**
 * Tells a process from a later one that got the same id: the time it started (and on Linux the boot it started in).
 * @returns undefined when there is no such process
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === "linux") return statOf(pid)?.identity;
  return spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout?.trim() || undefined;
}

function statOf(pid: number): { identity: string } | undefined {
  try {
    // The command name in field 2 may hold spaces and brackets, so count from its last bracket: 3 is the state.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const [state = "", startedAt] = [fields[0], fields[19]];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return "ZX".includes(state) ? undefined : { identity: `${boot}/${startedAt}` };
  } catch {
    return undefined;
  }
}

interface Process {
  pid: number;
  /** Arguments joined by spaces; readable without rights over the process. */
  command: string;
}

function allProcesses(): Process[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), command: commandLine(name) }));
  }
  const listing = spawnSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" }).stdout ?? "";
  return listing.split("\n").map((line) => {
    const [pid = "", ...command] = line.trim().split(/ +/);
    return { pid: Number(pid), command: command.join(" ") };
  });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/**
 * Processes of one Postgres cluster: its postmaster, which names the folder after -D or works in it, and its children,
 * whose titles start with `postgres: <cluster_name>:`.
 */
export function clusterProcesses(cluster: { folder: string; name: string }): {
  postmasters: number[];
  children: number[];
} {
  const all = allProcesses();
  return {
    postmasters: all.filter((candidate) => isPostmaster(candidate, cluster.folder)).map(({ pid }) => pid),
    children: all.filter(({ command }) => command.startsWith(`postgres: ${cluster.name}:`)).map(({ pid }) => pid),
  };
}

/** Paths may hold spaces. A folder that was moved is known by the postmaster's working folder, which is its cluster. */
function isPostmaster({ pid, command }: Process, folder: string): boolean {
  if (!/^\/.*\/postgres -D \//.test(command)) return false;
  return command.includes(`/postgres -D ${folder} -p `) || workingFolder(pid) === folder;
}

function workingFolder(pid: number): string | undefined {
  try {
    return process.platform === "linux" ? readlinkSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined; // ended, or not ours to look into
  }
}

/**
 * Ends what an earlier run left of a cluster, so that its files have one owner: a fast shutdown (SIGINT) for the
 * postmaster, 20 seconds for it, then SIGKILL, from which Postgres recovers by its log.
 * @returns how many processes were found
 */
export async function stopLeftovers(cluster: { folder: string; name: string }): Promise<number> {
  const first = clusterProcesses(cluster);
  const found = first.postmasters.length + first.children.length;
  if (found === 0) return 0;
  signalAll(first.postmasters, "SIGINT");
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    const now = clusterProcesses(cluster);
    if (now.postmasters.length + now.children.length === 0) return found;
    // Children without a postmaster leave by themselves as soon as they look up from their statement.
    if (now.postmasters.length === 0 && Date.now() > deadline - 18_000) break;
  }
  const last = clusterProcesses(cluster);
  signalAll([...last.postmasters, ...last.children], "SIGKILL");
  await sleep(200);
  return found;
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}
