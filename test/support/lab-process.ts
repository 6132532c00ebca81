import { fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Role } from "../../shared/enums.ts";
import { type TestClient, testClient } from "./server.ts";

/** The whole lab as `npm start` runs it, without the dashboard: a process of its own that can be killed. */
export interface LabProcess extends TestClient {
  url: string;
  adminToken: string;
  pid: number;
  /** Everything it and its workers wrote so far, standard output and error together. */
  output(): string;
  /** kill -9: nothing is flushed, closed or handed over. Its Postgres and its workers are left to themselves. */
  kill(): Promise<void>;
  /** Ctrl-C. */
  stop(): Promise<void>;
}

/** A folder that the embedded Postgres's account can reach, also when the tests run as root. */
export function labFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "gan-rm-lab-process-"));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the lab on a data folder and waits until it serves. @throws Error with its output when it ends before */
export async function startLabProcess(
  dataDirectory: string,
  environment: Record<string, string> = {},
): Promise<LabProcess> {
  const child = fork(new URL("../../server/main.ts", import.meta.url), {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      GANRM_DATA_DIR: dataDirectory,
      GANRM_PORT: "0",
      GANRM_WEB: "0",
      GANRM_WORKERS: "0",
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const ended = once(child, "exit");
  const serving = once(child, "message") as Promise<[{ url: string; token: string }]>;
  const first = await Promise.race([serving, ended.then(() => null)]);
  if (!first) throw new Error(`the lab ended before it served:\n${output}`);
  const [{ url, token }] = first;
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal);
    await ended;
  };
  const tokens = Object.fromEntries(Object.values(Role).map((role) => [role, token])) as Record<Role, string>;
  return {
    ...testClient(url, tokens),
    url,
    adminToken: token,
    pid: child.pid ?? 0,
    output: () => output,
    kill: end("SIGKILL"),
    stop: end("SIGTERM"),
  };
}
