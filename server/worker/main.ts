/**
 * A worker: leases jobs over GraphQL and runs them one after the other. It needs GANRM_API_URL and GANRM_WORKER_TOKEN and
 * never sees the database.
 */
import "../production.ts";
import { ApiClient, ApiError } from "../../shared/api-client.ts";
import { chooseProvider } from "../ml/onnx/provider.ts";
import { readWorkerConfig } from "./config.ts";
import { deviceName } from "./device-name.ts";
import { handlers } from "./handlers.ts";
import { runLeasedJob } from "./leased-job.ts";
import type { LeasedJob } from "./messages.ts";

const IDLE_MS = 500;
const AFTER_TROUBLE_MS = 2_000;

const LEASE = `mutation Lease($input: LeaseJobInput!) { leaseJob(input: $input) { leaseToken job { id kind input checkpoint } } }`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function main(): Promise<void> {
  const { url, token, name, provider } = readWorkerConfig();
  const chosen = await chooseProvider(provider); // a worker that can't compute as it was told takes no job
  const machine = { provider: chosen.provider.toUpperCase(), device: deviceName(chosen.provider) };
  const client = new ApiClient({ url, token });
  const worker = `${name}:${process.pid}`;
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) process.on(signal, () => stopping.abort());
  while (!stopping.signal.aborted) {
    try {
      const { leaseJob } = await client.ask<{ leaseJob: { leaseToken: string | null; job: LeasedJob | null } }>(LEASE, {
        input: { worker, kinds: Object.keys(handlers), ...machine },
      });
      if (leaseJob.job && leaseJob.leaseToken)
        await runLeasedJob(client, leaseJob.job, leaseJob.leaseToken, stopping.signal);
      else await pause(IDLE_MS);
    } catch (error) {
      if (error instanceof ApiError && (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN")) throw error;
      process.stderr.write(`worker: ${(error as Error).message}\n`);
      await pause(AFTER_TROUBLE_MS);
    }
  }
  process.exit(0);
}

await main().catch((error: Error) => {
  process.stderr.write(`worker: ${error.message}\n`);
  process.exit(1);
});
