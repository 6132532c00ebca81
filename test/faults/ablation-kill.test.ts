/** A worker that is killed -9 in mid-ablation, once inside the base run and once inside a bootstrap training, and what comes of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { ablationRound } from "../api/ablation-round.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { startWorker, type TestWorker } from "../support/worker.ts";

const PATIENCE_MS = 900_000;
/** Long enough for a checkpoint, which comes every 500 steps, inside each training. */
const SETTINGS = {
  strategies: ["NAIVE", "VOTING", "BOOTSTRAP"],
  seeds: [2],
  promptTag: "eval",
  negativePromptTag: "train",
  label: "stripes",
  hyperparameters: { steps: 700, batchSize: 4, warmupSteps: 10 },
};
const CELLS = `query ($id: ID!) { ablation(id: $id) { progress { done failed } table {
  rows { label values { metric cells { value n low high } } } } } }`;

let server: TestServer;
let client: ApiClient;
let roundId: string;
let worker: TestWorker | undefined;

beforeAll(async () => {
  server = await startTestServer();
  await server.services.jobs.watch();
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  ({ roundId } = await ablationRound(server));
}, 300_000);
afterEach(() => worker?.kill());
afterAll(() => server?.stop());

interface JobView {
  id: string;
  state: string;
  checkpoint: { stage: string; step: number } | null;
  error: string | null;
  logTail: string;
}

async function run(name: string): Promise<{ ablationId: string; jobId: string }> {
  const { runAblation } = await client.ask<{ runAblation: { ablation: { id: string }; jobs: { id: string }[] } }>(
    "mutation ($input: RunAblationInput!) { runAblation(input: $input) { ablation { id } jobs { id } } }",
    { input: { roundId, name, ...SETTINGS } },
  );
  return { ablationId: runAblation.ablation.id, jobId: runAblation.jobs[0]?.id ?? "" };
}

async function until(id: string, reached: (job: JobView) => boolean): Promise<JobView> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 100) {
    const { job } = await client.ask<{ job: JobView }>(
      "query ($id: ID!) { job(id: $id) { id state checkpoint error logTail } }",
      { id },
    );
    if (job.state === "FAILED") throw new Error(`${job.error}: ${job.logTail}`);
    if (reached(job)) return job;
    await sleep(100);
  }
  throw new Error(`job ${id} did not get there: ${worker?.log()}`);
}

/** Kills the worker at a place of its work, takes the lease's time as over, and starts another. */
async function killAndReplace(id: string, at: (job: JobView) => boolean): Promise<void> {
  await until(id, (job) => job.state === "RUNNING" && at(job));
  await worker?.kill();
  await server.db.query("update pgboss.job set heartbeat_on = now() - interval '1 hour' where id = $1", [id]);
  await until(id, (job) => job.state === "QUEUED");
  await server.db.query("update pgboss.job set start_after = now() where id = $1", [id]);
  worker = startWorker(server);
}

/** Every number of every cell; how long it took differs from run to run. */
async function numbersOf(ablationId: string): Promise<unknown> {
  const { ablation } = await client.ask<{
    ablation: { progress: object; table: { rows: { label: string; values: { metric: string }[] }[] } };
  }>(CELLS, { id: ablationId });
  const rows = ablation.table.rows.map(({ label, values }) => ({
    label,
    values: values.filter(({ metric }) => metric !== "training seconds"),
  }));
  return { progress: ablation.progress, rows };
}

it(
  "killed in the base run and again in the bootstrap training: what is recorded stays, the rest goes on from checkpoints, and every number is that of an undisturbed run",
  async () => {
    worker = startWorker(server);
    const undisturbed = await run("undisturbed");
    await until(undisturbed.jobId, (job) => job.state === "SUCCEEDED");

    const { ablationId, jobId } = await run("disturbed");
    await killAndReplace(jobId, ({ checkpoint }) => checkpoint?.stage === "base" && checkpoint.step === 500);
    const inBootstrap = (job: JobView) => (job.checkpoint?.stage ?? "base") !== "base" && job.checkpoint?.step === 500;
    await killAndReplace(jobId, inBootstrap);
    const [{ recorded }] = await server.db.query(
      "select max(recorded_at) as recorded from ablation_cells where ablation_id = $1",
      [ablationId],
    );
    const { logTail } = await until(jobId, (job) => job.state === "SUCCEEDED");
    expect(logTail).toMatch(/resuming base from step 500/);
    expect(logTail).toMatch(/resuming \["BOOTSTRAP",.*\] from step 500/);
    expect(logTail).toMatch(/1 of 3 cells to make, of 1 models/);
    const cells = await server.db.query(
      "select strategy, date_trunc('milliseconds', recorded_at) <= $2 as before from ablation_cells where ablation_id = $1 order by position",
      [ablationId, recorded],
    );
    expect(cells).toEqual([
      { strategy: "NAIVE", before: true },
      { strategy: "VOTING", before: true },
      { strategy: "BOOTSTRAP", before: false },
    ]);
    const numbers = await numbersOf(ablationId);
    expect(numbers).toMatchObject({ progress: { done: 3, failed: 0 } });
    expect(numbers).toEqual(await numbersOf(undisturbed.ablationId));
    const pickOf = (id: string) =>
      server.db.query("select picks from ablation_cells where ablation_id = $1 order by position", [id]);
    expect(await pickOf(ablationId)).toEqual(await pickOf(undisturbed.ablationId));
  },
  PATIENCE_MS,
);
