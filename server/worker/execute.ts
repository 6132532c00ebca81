/** The process in which one job runs: ONNX Runtime blocks its thread, and a kill must cost one job and nothing else. */
import { ApiClient } from "../../shared/api-client.ts";
import { chooseProvider } from "../ml/onnx/provider.ts";
import { readWorkerConfig } from "./config.ts";
import { handlers } from "./handlers.ts";
import type { FromJob, LeasedJob } from "./messages.ts";

const send = (message: FromJob): void => void process.send?.(message);

/** What the API takes as text: a library's message may hold NUL characters or half of a surrogate pair. */
const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "");

async function execute(job: LeasedJob): Promise<FromJob> {
  const handler = handlers[job.kind];
  if (!handler) return { type: "failed", error: `This worker can't run ${job.kind}.`, final: true };
  const { url, token, provider: setting } = readWorkerConfig();
  try {
    const { provider, refused } = await chooseProvider(setting);
    for (const other of refused) send({ type: "log", line: storable(`not on ${other.provider}: ${other.reason}`) });
    const result = await handler({
      input: job.input,
      checkpoint: job.checkpoint,
      client: new ApiClient({ url, token }),
      provider,
      report: (progress, message) => send({ type: "progress", progress, message: storable(message) }),
      log: (line) => send({ type: "log", line: storable(line) }),
      saveCheckpoint: (checkpoint) => send({ type: "checkpoint", checkpoint }),
    });
    return { type: "done", result };
  } catch (error) {
    send({ type: "log", line: storable(String((error as Error).stack ?? error)) });
    return { type: "failed", error: storable((error as Error).message), final: false };
  }
}

// Without its supervisor nobody keeps the lease, so going on would only burn time.
process.on("disconnect", () => process.exit(1));
process.once("message", async (job: LeasedJob) => {
  send(await execute(job));
  process.disconnect?.();
  process.exit(0);
});
