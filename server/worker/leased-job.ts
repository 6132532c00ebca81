import { fork } from "node:child_process";
import { type ApiClient, ApiError } from "../../shared/api-client.ts";
import type { FromJob, LeasedJob } from "./messages.ts";

const HEARTBEAT_MS = 3_000;
const REPORT_AGAIN_MS = 2_000;

const HEARTBEAT = `mutation Heartbeat($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }`;
const FINISH = `mutation Finish($input: FinishJobInput!) { finishJob(input: $input) { job { id } } }`;

type End =
  | { result: Record<string, unknown> }
  | { error: string; final: boolean }
  | { cancelled: true }
  | { released: true };

interface News {
  progress?: number;
  message?: string;
  checkpoint?: Record<string, unknown>;
  log: string;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What no later attempt of the same call can mend: another worker has the job, or the token was revoked. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError && ["LEASE_LOST", "UNAUTHENTICATED", "FORBIDDEN"].includes(error.code);

/**
 * Runs one leased job in a process of its own, keeps the lease with heartbeats and reports the end. The server may be
 * away for a while, restarting perhaps: what could not be sent is sent later, and only a lost lease ends the job here.
 * @param stop aborted: the job is given back, to go on from its last checkpoint elsewhere
 * @throws ApiError when the server no longer accepts this worker's word about the job
 */
export async function runLeasedJob(
  client: ApiClient,
  job: LeasedJob,
  leaseToken: string,
  stop: AbortSignal,
): Promise<void> {
  const child = fork(new URL("./execute.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
  const exited = new Promise<false>((resolve) => child.once("exit", () => resolve(false)));
  const stopJob = () => child.kill("SIGKILL");
  stop.addEventListener("abort", stopJob);
  if (stop.aborted) stopJob(); // told to stop while it asked for the job: it goes back at once
  let end: End | undefined;
  let unsent: News = { log: "" };
  let beatNow = (): void => undefined;
  child.on("message", (message: FromJob) => {
    if (message.type === "progress") unsent = { ...unsent, progress: message.progress, message: message.message };
    else if (message.type === "checkpoint") {
      unsent.checkpoint = message.checkpoint;
      beatNow(); // what is not recorded would be done again
    } else if (message.type === "log") unsent.log += `${new Date().toISOString()} ${message.line}\n`;
    else end = message.type === "done" ? { result: message.result } : { error: message.error, final: message.final };
  });
  const beat = async (): Promise<void> => {
    const news = unsent;
    unsent = { log: "" };
    try {
      const { heartbeat } = await client.ask<{ heartbeat: { cancelRequested: boolean } }>(HEARTBEAT, {
        input: { jobId: job.id, leaseToken, ...news },
      });
      if (!heartbeat.cancelRequested) return;
      end = { cancelled: true };
      stopJob();
    } catch (error) {
      if (isRefusal(error)) throw error;
      unsent = { ...news, ...unsent, log: news.log + unsent.log };
    }
  };
  try {
    child.send(job, () => undefined); // where it is gone already, its exit tells
    const nextBeat = () =>
      new Promise<true>((resolve) => {
        beatNow = () => resolve(true);
        setTimeout(beatNow, HEARTBEAT_MS);
      });
    while (await Promise.race([exited, nextBeat()])) await beat();
    await beat();
    end ??= stop.aborted
      ? { released: true }
      : { error: `The job's process ended without a result (${child.signalCode ?? child.exitCode}).`, final: false };
    await report(client, { jobId: job.id, leaseToken, ...end }, stop);
  } finally {
    stop.removeEventListener("abort", stopJob);
    stopJob();
  }
}

/** Tells the server until it knows, or until it says no. */
async function report(client: ApiClient, input: Record<string, unknown>, stop: AbortSignal): Promise<void> {
  for (;;)
    try {
      await client.ask(FINISH, { input });
      return;
    } catch (error) {
      // A result that the server refuses as malformed is a failure of the job, not of the call.
      if (error instanceof ApiError && error.code === "BAD_INPUT" && input.result) {
        const { jobId, leaseToken } = input;
        await report(client, { jobId, leaseToken, error: error.message, final: true }, stop);
        return;
      }
      if (isRefusal(error) || stop.aborted) throw error;
      await pause(REPORT_AGAIN_MS);
    }
}
