/**
 * A worker: leases a job over GraphQL, runs it in a process of its own, keeps the lease with heartbeats, reports the end.
 * It needs GANRM_API_URL and GANRM_WORKER_TOKEN and never sees the database.
 */
import { fork } from "node:child_process";
import os from "node:os";
import { ApiClient, ApiError } from "../../shared/api-client.ts";
import { handlers } from "./handlers.ts";
import type { FromJob, LeasedJob } from "./messages.ts";

const HEARTBEAT_MS = 3_000;
const IDLE_MS = 500;

const LEASE = `mutation Lease($input: LeaseJobInput!) { leaseJob(input: $input) { leaseToken job { id kind input checkpoint } } }`;
const HEARTBEAT = `mutation Heartbeat($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }`;
const FINISH = `mutation Finish($input: FinishJobInput!) { finishJob(input: $input) { job { id } } }`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type End = { result?: Record<string, unknown>; error?: string; final?: boolean; cancelled?: boolean } | null;

/** Runs one leased job to its end; null when the lease was lost and there is nothing left to say. */
async function runJob(client: ApiClient, job: LeasedJob, leaseToken: string, stop: AbortSignal): Promise<End> {
  const child = fork(new URL("./execute.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
  let end: End | undefined;
  let log = "";
  let news: { progress?: number; message?: string; checkpoint?: Record<string, unknown> } = {};
  child.on("message", (message: FromJob) => {
    if (message.type === "progress") news = { ...news, progress: message.progress, message: message.message };
    else if (message.type === "checkpoint") news = { ...news, checkpoint: message.checkpoint };
    else if (message.type === "log") log += `${new Date().toISOString()} ${message.line}\n`;
    else end = message.type === "done" ? { result: message.result } : { error: message.error, final: message.final };
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.send(job);
  const beat = async (): Promise<void> => {
    const sent = { ...news, log };
    news = {};
    log = "";
    const { heartbeat } = await client.ask<{ heartbeat: { cancelRequested: boolean } }>(HEARTBEAT, {
      input: { jobId: job.id, leaseToken, ...sent },
    });
    if (heartbeat.cancelRequested) {
      end = { cancelled: true };
      child.kill("SIGKILL");
    }
  };
  for (let running = true; running; ) {
    running = await Promise.race([exited.then(() => false), pause(HEARTBEAT_MS).then(() => true)]);
    if (stop.aborted) child.kill("SIGKILL");
    try {
      await beat();
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "LEASE_LOST")) throw error;
      child.kill("SIGKILL");
      return null;
    }
  }
  if (stop.aborted && !end) return { error: "The worker was stopped.", final: false };
  return (
    end ?? { error: `The job's process ended without a result (${child.signalCode ?? child.exitCode}).`, final: false }
  );
}

async function main(): Promise<void> {
  const { GANRM_API_URL: url, GANRM_WORKER_TOKEN: token } = process.env;
  if (!url || !token) throw new Error("Set GANRM_API_URL and GANRM_WORKER_TOKEN (a token with the role WORKER).");
  const client = new ApiClient({ url, token });
  const worker = `${process.env.GANRM_WORKER_NAME ?? os.hostname()}:${process.pid}`;
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) process.on(signal, () => stopping.abort());
  while (!stopping.signal.aborted) {
    try {
      const { leaseJob } = await client.ask<{ leaseJob: { leaseToken: string | null; job: LeasedJob | null } }>(LEASE, {
        input: { worker, kinds: Object.keys(handlers) },
      });
      if (!leaseJob.job || !leaseJob.leaseToken) {
        await pause(IDLE_MS);
        continue;
      }
      const end = await runJob(client, leaseJob.job, leaseJob.leaseToken, stopping.signal);
      if (end) await client.ask(FINISH, { input: { jobId: leaseJob.job.id, leaseToken: leaseJob.leaseToken, ...end } });
    } catch (error) {
      if (error instanceof ApiError && (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN")) throw error;
      process.stderr.write(`worker: ${(error as Error).message}\n`);
      await pause(2000);
    }
  }
  process.exit(0);
}

await main().catch((error: Error) => {
  process.stderr.write(`worker: ${error.message}\n`);
  process.exit(1);
});
