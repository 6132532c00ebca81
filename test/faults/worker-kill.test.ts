/** Workers that die, are stopped or told to stop in the middle of a real training, and what the job comes to. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Role } from "../../shared/enums.ts";
import { trainableRound } from "../api/trainable-round.ts";
import { forgetRuns } from "../support/forget-runs.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { startWorker, type TestWorker } from "../support/worker.ts";

const PATIENCE_MS = 120_000;

/** Long enough to be killed between its checkpoints, which come every 100 steps. */
const HYPERPARAMETERS = { steps: 250, batchSize: 16, warmupSteps: 10, evaluateEverySteps: 125 };
const IMAGES = 80;

let server: TestServer;
let roundId: string;
let worker: TestWorker | undefined;

beforeAll(async () => {
  server = await startTestServer();
  await server.services.jobs.watch();
  roundId = await trainableRound(server, IMAGES, 2);
});
afterEach(() => worker?.kill());
afterAll(() => server?.stop());

async function ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
  const { data, errors } = await server.ask(query, variables, Role.ADMIN);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as T;
}

interface JobView {
  id: string;
  state: string;
  attempts: number;
  progressMessage: string;
  checkpoint: { step: number; key: string } | null;
  result: { weightsSha256: string; heldOut: object } | null;
  error: string | null;
  logTail: string;
}

async function train(name: string, hyperparameters: object = HYPERPARAMETERS, strategy = "NAIVE"): Promise<string> {
  const { trainRewardModel } = await ask<{ trainRewardModel: { job: { id: string } } }>(
    "mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { job { id } } }",
    { input: { roundId, name, strategy, seed: 7, hyperparameters } },
  );
  return trainRewardModel.job.id;
}

async function until(id: string, reached: (job: JobView) => boolean): Promise<JobView> {
  for (let i = 0; i < PATIENCE_MS / 100; i++) {
    const { job } = await ask<{ job: JobView }>(
      "query ($id: ID!) { job(id: $id) { id state attempts progressMessage checkpoint result error logTail } }",
      { id },
    );
    if (reached(job)) return job;
    await sleep(100);
  }
  throw new Error(`job ${id} did not get there: ${worker?.log()}`);
}

const start = () => startWorker(server);
const ended = (job: JobView) => !["QUEUED", "RUNNING"].includes(job.state);
const inMidTraining = (job: JobView) => (job.checkpoint?.step ?? 0) > 0 && job.state === "RUNNING";

/** Spares the test the wait: the time of the lease is taken as over, and the pause before the next attempt too. */
async function letLeaseRunOut(id: string): Promise<void> {
  await server.db.query("update pgboss.job set heartbeat_on = now() - interval '1 hour' where id = $1", [id]);
  await until(id, (job) => job.state === "QUEUED");
  await server.db.query("update pgboss.job set start_after = now() where id = $1", [id]);
}

it(
  "killed in mid-training: another worker resumes from the checkpoint, and the weights are the same",
  async () => {
    worker = start();
    const undisturbed = await until(await train("undisturbed"), ended);
    expect(undisturbed).toMatchObject({ state: "SUCCEEDED", attempts: 1 });

    await forgetRuns(server.db);
    const id = await train("disturbed");
    await until(id, inMidTraining);
    await worker.kill();
    await letLeaseRunOut(id);
    worker = start();
    const disturbed = await until(id, ended);
    expect(disturbed).toMatchObject({ state: "SUCCEEDED", attempts: 2 });
    expect(disturbed.logTail).toMatch(/resuming from step \d+/);
    expect(disturbed.result).toEqual(undisturbed.result);
  },
  PATIENCE_MS,
);

it(
  "killed in the second stage of bootstrapping: another worker takes the run that is stored and goes on in that stage, and the files are the same",
  async () => {
    worker = start();
    const settings = { ...HYPERPARAMETERS, steps: 150 };
    const undisturbed = await until(await train("bootstrapped", settings, "BOOTSTRAP"), ended);
    expect(undisturbed).toMatchObject({ state: "SUCCEEDED", attempts: 1 });

    await forgetRuns(server.db);
    const id = await train("bootstrapped, disturbed", settings, "BOOTSTRAP");
    const first = (undisturbed.result as { runKey: string } | null)?.runKey;
    await until(id, (job) => job.state === "RUNNING" && (job.checkpoint?.key ?? first) !== first);
    await worker.kill();
    await letLeaseRunOut(id);
    worker = start();
    const disturbed = await until(id, ended);
    expect(disturbed).toMatchObject({ state: "SUCCEEDED", attempts: 2 });
    expect(disturbed.logTail).toMatch(/training run \w+ is there already\n[\s\S]*resuming from step 100/);
    expect(disturbed.result).toEqual(undisturbed.result);
  },
  PATIENCE_MS,
);

it(
  "stopped in good order: the job goes back without a lost attempt and another worker goes on at once",
  async () => {
    worker = start();
    await forgetRuns(server.db);
    const id = await train("stopped");
    await until(id, inMidTraining);
    await worker.stop();
    expect(await until(id, () => true)).toMatchObject({ state: "QUEUED", error: null });
    worker = start();
    const job = await until(id, ended);
    expect(job.state).toBe("SUCCEEDED");
    expect(job.logTail).toMatch(/resuming from step \d+/);
  },
  PATIENCE_MS,
);

it(
  "cancelled in mid-training: the process of the job is killed, the worker takes the next",
  async () => {
    worker = start();
    const id = await train("cancelled", { ...HYPERPARAMETERS, steps: 100_000 });
    await until(id, inMidTraining);
    await ask("mutation ($id: ID!) { cancelJob(id: $id) { job { state } } }", { id });
    expect((await until(id, ended)).state).toBe("CANCELLED");
    const { round } = await ask<{ round: { rewardModels: { name: string; state: string }[] } }>(
      "query ($id: ID!) { round(id: $id) { rewardModels { name state } } }",
      { id: roundId },
    );
    expect(round.rewardModels).toContainEqual({ name: "cancelled", state: "FAILED" });
    expect((await until(await train("next", { ...HYPERPARAMETERS, steps: 20 }), ended)).state).toBe("SUCCEEDED");
  },
  PATIENCE_MS,
);
