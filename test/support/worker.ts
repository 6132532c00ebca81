import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { TestServer } from "./server.ts";

/** A real worker process. Its jobs run in a child of its own, as in production. */
export interface TestWorker {
  process: ChildProcess;
  /** What it wrote to stderr. */
  log(): string;
  /** kill -9, as the out-of-memory killer would. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has gone. */
  stop(): Promise<void>;
}

export function startWorker({ url, tokens }: Pick<TestServer, "url" | "tokens">): TestWorker {
  const worker = fork(new URL("../../server/worker/main.ts", import.meta.url), {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, GANRM_API_URL: url, GANRM_WORKER_TOKEN: tokens.WORKER },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let log = "";
  worker.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const gone = once(worker, "exit");
    worker.kill(signal);
    await gone;
  };
  return { process: worker, log: () => log, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}
