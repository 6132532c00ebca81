/** A worker that dies in the middle of measuring a round, and one that is told to stop. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Role } from "../../shared/enums.ts";
import { type MeasuredRound, measuredRound } from "../api/measured-round.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { startWorker, type TestWorker } from "../support/worker.ts";

const PATIENCE_MS = 240_000;
const PROMPTS = 80;
const SAMPLES = 4 * PROMPTS;

let server: TestServer;
let lab: MeasuredRound;
let worker: TestWorker | undefined;

beforeAll(async () => {
  server = await startTestServer();
  await server.services.jobs.watch();
  lab = await measuredRound(server, PROMPTS);
}, PATIENCE_MS);
afterEach(() => worker?.kill());
afterAll(() => server?.stop());

async function ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
  const { data, errors } = await server.ask(query, variables, Role.ADMIN);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as T;
}

interface JobView {
  state: string;
  attempts: number;
  progressMessage: string;
  checkpoint: { after: string | null } | null;
  result: { scored: number; sets: { name: string; values: object[] }[] } | null;
  error: string | null;
}

async function measure(input: object): Promise<string> {
  const { measureRound } = await ask<{ measureRound: { job: { id: string } } }>(
    "mutation ($input: MeasureRoundInput!) { measureRound(input: $input) { job { id } } }",
    { input: { roundId: lab.roundId, rewardModelId: lab.rewardModelId, ...input } },
  );
  return measureRound.job.id;
}

async function until(id: string, reached: (job: JobView) => boolean): Promise<JobView> {
  for (let i = 0; i < PATIENCE_MS / 100; i++) {
    const { job } = await ask<{ job: JobView }>(
      "query ($id: ID!) { job(id: $id) { state attempts progressMessage checkpoint result error } }",
      { id },
    );
    if (reached(job)) return job;
    await sleep(100);
  }
  throw new Error(`job ${id} did not get there: ${worker?.log()}`);
}

const ended = (job: JobView) => !["QUEUED", "RUNNING"].includes(job.state);
const points = async (): Promise<number> =>
  (await server.db.query("select count(*)::int as n from metric_points"))[0].n;

it(
  "killed after a page of samples: another worker goes on, and every sample has each value once",
  async () => {
    worker = startWorker(server);
    const id = await measure({ resamples: 10 });
    await until(id, (job) => job.state === "RUNNING" && job.checkpoint?.after != null);
    await worker.kill();
    expect(await points()).toBe(0);
    await server.db.query("update pgboss.job set heartbeat_on = now() - interval '1 hour' where id = $1", [id]);
    await until(id, (job) => job.state === "QUEUED");
    await server.db.query("update pgboss.job set start_after = now() where id = $1", [id]);
    worker = startWorker(server);
    const { state, attempts, result } = await until(id, ended);
    expect([state, attempts]).toEqual(["SUCCEEDED", 2]);
    expect(result?.sets.map(({ values }) => values.length)).toEqual([5, 5]);
    const [stored] = await server.db.query(
      "select count(*)::int as values, count(distinct sample_id)::int as samples from sample_metric_values",
    );
    expect(stored).toEqual({ values: 2 * SAMPLES, samples: SAMPLES });
    // three metrics of the round, of four ranks and of the selection
    expect(await points()).toBe(3 * (1 + 4 + 1));
  },
  PATIENCE_MS,
);

it(
  "cancelled among the distances: the job ends, no metric is recorded, and asked again it goes on",
  async () => {
    const before = await points();
    worker = startWorker(server);
    const wanted = { metrics: ["FD(mobilenet-v2-mid)"], resamples: 10_000 };
    const id = await measure(wanted);
    await until(id, (job) => job.progressMessage.startsWith("FD(mobilenet-v2-mid) of"));
    await ask("mutation ($id: ID!) { cancelJob(id: $id) { job { state } } }", { id });
    expect((await until(id, ended)).state).toBe("CANCELLED");
    expect(await points()).toBe(before);
    expect(await measure(wanted)).not.toBe(id);
  },
  PATIENCE_MS,
);
