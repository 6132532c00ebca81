import type { Job } from "../../server/jobs/job.entity.ts";
import { handlers } from "../../server/worker/handlers.ts";
import { ApiClient } from "../../shared/api-client.ts";
import type { TestServer } from "./server.ts";

/** What ends a handler in the middle of its work. */
class WorkerStopped extends Error {}

/**
 * Runs the oldest job of the queue with its worker's handler, in this process, and records its end.
 * @param stopAfter true for the checkpoint at which the worker stops: the job goes back to the queue
 */
export async function runNextJob(
  { url, tokens, services: { jobs } }: TestServer,
  stopAfter: (checkpoint: Record<string, unknown>) => boolean = () => false,
): Promise<Job> {
  const job = await jobs.lease("test", Object.keys(handlers));
  const handler = handlers[job?.kind ?? ""];
  if (!job?.leaseToken || !handler) throw new Error("There is no job to run.");
  const { id, leaseToken } = job;
  let last: Record<string, unknown> | undefined;
  try {
    const result = await handler({
      input: job.input,
      checkpoint: job.checkpoint,
      client: new ApiClient({ url, token: tokens.WORKER }),
      provider: "cpu",
      report: () => undefined,
      log: () => undefined,
      saveCheckpoint: (checkpoint) => {
        last = checkpoint;
        if (stopAfter(checkpoint)) throw new WorkerStopped();
      },
    });
    return await jobs.complete(id, leaseToken, result);
  } catch (error) {
    if (!(error instanceof WorkerStopped)) throw error;
    await jobs.heartbeat(id, leaseToken, { checkpoint: last });
    return jobs.release(id, leaseToken);
  }
}
