import { hostname } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runLeasedJob } from "../../server/worker/leased-job.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { GENERATE_SAMPLES } from "../../shared/jobs/generate-samples.ts";
import { SCORE_SAMPLES } from "../../shared/jobs/score-samples.ts";
import { TRAIN_REWARD_MODEL } from "../../shared/jobs/train-reward-model.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { startWorker } from "../support/worker.ts";
import { trainableRound } from "./trainable-round.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());
beforeEach(() => server.db.query("delete from pgboss.job").then(() => server.db.query("delete from jobs")));

const INPUT = { roundId: "r", rewardModelId: "00000000-0000-7000-8000-000000000000" };
const add = (naturalKey: string, input: Record<string, unknown> = INPUT, kind = SCORE_SAMPLES) =>
  server.db.transaction((tx) => server.services.jobs.start(tx, kind, naturalKey, input));

const LEASE = `mutation ($input: LeaseJobInput!) { leaseJob(input: $input) { leaseToken job { id kind state attempts worker checkpoint } } }`;
async function lease(worker = "w", kinds = [SCORE_SAMPLES, TRAIN_REWARD_MODEL]) {
  const { data, errors } = await server.ask(LEASE, { input: { worker, kinds } }, Role.WORKER);
  expect(errors).toBeUndefined();
  return data.leaseJob as {
    leaseToken: string;
    job: { id: string; kind: string; state: string; attempts: number; checkpoint: unknown } | null;
  };
}
const leased = async (worker?: string) => {
  const { job, leaseToken } = await lease(worker);
  if (!job) throw new Error("nothing to lease");
  return { ...job, jobId: job.id, leaseToken };
};
const heartbeat = (of: { jobId: string; leaseToken: string }, news: Record<string, unknown> = {}) =>
  server.ask(
    "mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }",
    { input: { jobId: of.jobId, leaseToken: of.leaseToken, ...news } },
    Role.WORKER,
  );
const finish = (of: { jobId: string; leaseToken: string }, end: Record<string, unknown>) =>
  server.ask(
    "mutation ($input: FinishJobInput!) { finishJob(input: $input) { job { id state error } } }",
    { input: { jobId: of.jobId, leaseToken: of.leaseToken, ...end } },
    Role.WORKER,
  );
const stateOf = async (id: string) =>
  (await server.ask("query ($id: ID!) { job(id: $id) { state error attempts } }", { id })).data.job;

/** As if the worker had been silent for an hour. The queue looks once a second at most. */
async function workerDies(id: string): Promise<void> {
  await server.db.query("update pgboss.job set heartbeat_on = now() - interval '1 hour' where id = $1", [id]);
  await server.db.query("update pgboss.queue set monitor_on = null, monitor_claim_on = null");
  await server.services.jobs.sweep();
}
const dueNow = (id: string) => server.db.query("update pgboss.job set start_after = now() where id = $1", [id]);

describe("the queue", () => {
  it("gives each job to one of many workers that ask at once", async () => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await add(`k${i}`)).id);
    const taken = await Promise.all(Array.from({ length: 12 }, (_, i) => lease(`w${i}`)));
    const got = taken.flatMap(({ job }) => (job ? [job.id] : []));
    expect(got.toSorted()).toEqual(ids.toSorted());
  });

  it("gives the oldest first, of the kinds that the worker can run", async () => {
    const first = await add("a", INPUT, TRAIN_REWARD_MODEL);
    const second = await add("b");
    expect((await lease("w", [SCORE_SAMPLES])).job?.id).toBe(second.id);
    expect((await lease("w")).job?.id).toBe(first.id);
    expect((await lease("w")).job).toBeNull();
    expect((await lease("w", ["NO_SUCH_KIND"])).job).toBeNull();
  });

  it("asked twice for the same work, has it once", async () => {
    const [one, two] = await Promise.all([add("same"), add("same")]);
    expect(two.id).toBe(one.id);
    expect(
      (await server.db.query("select count(*)::int as n from pgboss.job where name = $1", [SCORE_SAMPLES]))[0].n,
    ).toBe(1);
  });

  it("forgets a job whose transaction rolls back", async () => {
    await expect(
      server.db.transaction(async (tx) => {
        await server.services.jobs.start(tx, SCORE_SAMPLES, "gone", INPUT);
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    expect((await lease()).job).toBeNull();
    expect((await server.db.query("select count(*)::int as n from pgboss.job where state = 'created'"))[0].n).toBe(0);
  });

  it("queues again what it lost, from the record", async () => {
    const { id } = await add("restored");
    await server.db.query("delete from pgboss.job");
    expect((await lease()).job).toBeNull();
    await server.services.jobs.sweep();
    expect((await lease()).job?.id).toBe(id);
  });
});

describe("a lease", () => {
  it("ends with the worker's silence: another takes the job and its checkpoint, and the first has no say", async () => {
    await add("k");
    const first = await leased("one");
    await heartbeat(first, { progress: 0.5, checkpoint: { after: "here" }, log: "half way\n" });
    await workerDies(first.jobId);
    expect(await stateOf(first.jobId)).toMatchObject({ state: "QUEUED", error: "The worker stopped answering." });
    await dueNow(first.jobId);
    const second = await leased("two");
    expect(second).toMatchObject({ jobId: first.jobId, attempts: 2, checkpoint: { after: "here" } });
    for (const late of [heartbeat(first), finish(first, { result: { scored: 1 } }), finish(first, { error: "late" })])
      expect((await late).errors?.[0]?.extensions).toMatchObject({ code: "LEASE_LOST", field: "leaseToken" });
    expect((await stateOf(first.jobId)).state).toBe("RUNNING");
    expect((await finish(second, { result: { scored: 1 } })).data.finishJob.job.state).toBe("SUCCEEDED");
  });

  it("lives on with heartbeats", async () => {
    await add("k");
    const mine = await leased();
    await server.db.query("update pgboss.job set heartbeat_on = now() - interval '1 hour'");
    expect((await heartbeat(mine)).data.heartbeat.cancelRequested).toBe(false);
    await server.db.query("update pgboss.queue set monitor_on = null, monitor_claim_on = null");
    await server.services.jobs.sweep();
    expect((await stateOf(mine.jobId)).state).toBe("RUNNING");
  });

  it("three lost are the end of the job", async () => {
    const { id } = await add("k");
    for (let attempt = 1; attempt <= 3; attempt++) {
      await dueNow(id);
      await leased();
      await workerDies(id);
    }
    expect(await stateOf(id)).toMatchObject({ state: "FAILED", attempts: 3, error: "The worker stopped answering." });
  });

  it("given back in good order costs no attempt", async () => {
    const { id } = await add("k");
    for (let stop = 1; stop <= 4; stop++) {
      const mine = await leased();
      expect((await finish(mine, { released: true })).data.finishJob.job).toMatchObject({
        state: "QUEUED",
        error: null,
      });
    }
    expect((await finish(await leased(), { result: { scored: 0 } })).data.finishJob.job).toMatchObject({
      id,
      state: "SUCCEEDED",
    });
  });
});

describe("a failure", () => {
  it("is tried again later, and the third is the last", async () => {
    const { id } = await add("k");
    for (let attempt = 1; attempt <= 3; attempt++) {
      const answer = await finish(await leased(), { error: `attempt ${attempt}` });
      const state = attempt < 3 ? "QUEUED" : "FAILED";
      expect(answer.data.finishJob.job).toMatchObject({ state, error: `attempt ${attempt}` });
      expect((await lease()).job).toBeNull();
      await dueNow(id);
    }
    expect((await lease()).job).toBeNull();
  });

  it("that is final ends the job at once", async () => {
    await add("k");
    const mine = await leased();
    expect((await finish(mine, { error: "broken", final: true })).data.finishJob.job.state).toBe("FAILED");
    expect((await finish(mine, { error: "again" })).errors?.[0]?.extensions.code).toBe("LEASE_LOST");
  });

  it("asked for again with the same input, goes on from the checkpoint; with another, from the start", async () => {
    await add("k");
    const mine = await leased();
    await heartbeat(mine, { checkpoint: { step: 100 } });
    await finish(mine, { error: "broken", final: true });
    expect((await add("k")).checkpoint).toEqual({ step: 100 });
    await finish(await leased(), { error: "broken", final: true });
    expect((await add("k", { ...INPUT, roundId: "other" })).checkpoint).toBeNull();
  });
});

describe("a result", () => {
  it("is taken once and may be sent twice", async () => {
    await add("k");
    const mine = await leased();
    for (let sent = 1; sent <= 2; sent++)
      expect((await finish(mine, { result: { scored: 3 } })).data.finishJob.job.state).toBe("SUCCEEDED");
  });

  it("that is malformed ends nothing", async () => {
    await add("k");
    const mine = await leased();
    expect((await finish(mine, { result: { scored: -1 } })).errors?.[0]?.extensions.code).toBe("BAD_INPUT");
    expect((await stateOf(mine.jobId)).state).toBe("RUNNING");
    expect((await finish(mine, { result: { scored: 1 } })).data.finishJob.job.state).toBe("SUCCEEDED");
  });
});

describe("a worker", () => {
  it("that was told to stop while it asked for a job gives it back at once", async () => {
    await add("k");
    const { jobId, leaseToken } = await leased();
    const client = new ApiClient({ url: server.url, token: server.tokens.WORKER });
    const job = { id: jobId, kind: SCORE_SAMPLES, input: INPUT, checkpoint: null };
    await runLeasedJob(client, job, leaseToken, AbortSignal.abort());
    expect(await stateOf(jobId)).toMatchObject({ state: "QUEUED", error: null });
  });
});

describe("the roster of workers", () => {
  const WORKERS = "{ workers { name state provider device since heardAt job { id } } }";
  const rowOf = async (name: string, asked = server) =>
    (await asked.ask(WORKERS, {}, Role.VIEWER)).data.workers.find((row: { name: string }) => row.name.startsWith(name));

  it("has one that found nothing to do, on every server, with what it computes on", async () => {
    const worker = startWorker(server);
    const other = await startTestServer({ beside: server });
    try {
      await expect
        .poll(() => rowOf(`${hostname()}:`, other), { timeout: 60_000 })
        .toMatchObject({ state: "IDLE", provider: "CPU", device: expect.any(String), job: null });
    } finally {
      await worker.stop();
      await other.stop();
    }
  });

  it("says which job a worker has, and forgets one that was silent for long", async () => {
    await add("k");
    const { jobId } = await leased("busy:1");
    await lease("idle:1");
    expect(await rowOf("busy:1")).toMatchObject({ state: "BUSY", job: { id: jobId } });
    expect(await rowOf("idle:1")).toMatchObject({ state: "IDLE", job: null });
    const silentFor = (time: string) =>
      server.db.query("update workers set heard_at = now() - $2::interval where name = $1", ["busy:1", time]);
    await silentFor("1 minute");
    expect(await rowOf("busy:1")).toMatchObject({ state: "SILENT", job: { id: jobId } });
    await silentFor("6 minutes");
    expect(await rowOf("busy:1")).toBeUndefined();
    await silentFor("25 hours");
    await lease("new:1");
    expect(await server.db.query("select name from workers where name = 'busy:1'")).toEqual([]);
  });

  it("is written once in some seconds, however often a worker asks", async () => {
    const noted = async () => (await rowOf("often:1")).heardAt;
    await lease("often:1");
    const first = await noted();
    for (let i = 0; i < 5; i++) await lease("often:1");
    expect(await noted()).toBe(first);
  });
});

describe("a retry", () => {
  const retry = async (id: string, role = Role.MEMBER) =>
    server.ask(
      "mutation ($id: ID!) { retryJob(id: $id) { job { id state checkpoint retriedAs { id } } } }",
      { id },
      role,
    );
  const again = async (id: string) =>
    (await server.ask("query ($id: ID!) { job(id: $id) { retriedAs { id state } } }", { id })).data.job.retriedAs;
  const modelState = async (id: string) =>
    (await server.ask("query ($id: ID!) { rewardModel(id: $id) { state job { id } } }", { id })).data.rewardModel;

  let trainable: Promise<string> | undefined;
  async function lostTraining(name: string) {
    trainable ??= trainableRound(server, 60);
    const roundId = await trainable;
    const { data } = await server.ask(
      "mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } job { id } } }",
      { input: { roundId, name } },
    );
    const mine = await leased();
    await heartbeat(mine, { checkpoint: { step: 100 } });
    await finish(mine, { error: "broken", final: true });
    return { roundId, modelId: data.trainRewardModel.rewardModel.id as string, jobId: mine.jobId };
  }

  it("of a failed training goes on from its checkpoint, and the model waits for the new job", async () => {
    const { modelId, jobId } = await lostTraining("goes on");
    expect((await modelState(modelId)).state).toBe("FAILED");
    expect(await again(jobId)).toBeNull();
    const [one, two] = await Promise.all([retry(jobId), retry(jobId)]);
    expect(one.data.retryJob.job).toMatchObject({ state: "QUEUED", checkpoint: { step: 100 }, retriedAs: null });
    expect(two.data.retryJob.job.id).toBe(one.data.retryJob.job.id);
    expect(await modelState(modelId)).toEqual({ state: "TRAINING", job: { id: one.data.retryJob.job.id } });
    expect(await again(jobId)).toEqual({ id: one.data.retryJob.job.id, state: "QUEUED" });
    expect((await lease()).job?.id).toBe(one.data.retryJob.job.id);
  });

  it("is refused for a job that has not been lost, and where what it was about is gone", async () => {
    const { id } = await add("k");
    expect((await retry(id)).errors?.[0]?.extensions).toMatchObject({ code: "JOB_NOT_LOST", field: "id" });
    const mine = await leased();
    expect((await retry(id)).errors?.[0]?.extensions.code).toBe("JOB_NOT_LOST");
    await finish(mine, { error: "broken", final: true });
    // Its reward model never was.
    expect((await retry(id)).errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND", field: "id" });
    expect((await lease()).job).toBeNull();
    expect((await retry(INPUT.rewardModelId)).errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  });

  it("of a scoring is refused while its model has no weights, and that of drawing once the round is completed", async () => {
    const { modelId } = await lostTraining("not trained");
    const roundId = await trainableRound(server, 4);
    const scoring = await add("s", { roundId, rewardModelId: modelId });
    const drawing = await add("d", { roundId, promptTag: null, kFrom: 0, kTo: 2, seed: 0 }, GENERATE_SAMPLES);
    await Promise.all([scoring, drawing].map(({ id }) => server.services.jobs.cancel(id)));
    expect((await retry(scoring.id)).errors?.[0]?.extensions.code).toBe("REWARD_MODEL_NOT_TRAINED");
    await server.db.query("update rounds set status = 'COMPLETED' where id = $1", [roundId]);
    expect((await retry(drawing.id)).errors?.[0]?.extensions.code).toBe("ROUND_COMPLETED");
  });

  it("of what another job has done meanwhile is that job", async () => {
    const { jobId, modelId } = await lostTraining("trained meanwhile");
    const { data } = await retry(jobId);
    await server.db.query("update jobs set state = 'SUCCEEDED' where id = $1", [data.retryJob.job.id]);
    await server.db.query("update reward_models set state = 'FAILED' where id = $1", [modelId]);
    expect((await retry(jobId)).data.retryJob.job).toMatchObject({ id: data.retryJob.job.id, state: "SUCCEEDED" });
    expect((await modelState(modelId)).state).toBe("FAILED");
  });
});

describe("a job", () => {
  const ran = async (id: string) =>
    (await server.ask("query ($id: ID!) { job(id: $id) { worker provider device round { id } } }", { id })).data.job;
  const leaseOn = (machine: Record<string, unknown>) =>
    server.ask(LEASE, { input: { worker: "w", kinds: [SCORE_SAMPLES], ...machine } }, Role.WORKER);

  it("says what it ran on, as its worker said, and which round it is about", async () => {
    const roundId = await trainableRound(server, 8);
    const [told, untold] = [await add("a", { ...INPUT, roundId }), await add("b")];
    await leaseOn({ provider: "CUDA", device: "NVIDIA H100" });
    await leaseOn({});
    expect(await ran(told.id)).toEqual({
      ...{ worker: "w", provider: "CUDA", device: "NVIDIA H100", round: { id: roundId } },
    });
    expect(await ran(untold.id)).toEqual({ worker: "w", provider: null, device: null, round: null });
    expect((await leaseOn({ device: "" })).errors?.[0]?.extensions).toMatchObject({
      code: "BAD_INPUT",
      field: "device",
    });
  });
});

describe("a cancel", () => {
  const cancel = (id: string) =>
    server.ask("mutation ($id: ID!) { cancelJob(id: $id) { job { state } } }", { id }, Role.MEMBER);

  it("of a queued job is at once, and of an ended one refused", async () => {
    const { id } = await add("k");
    expect((await cancel(id)).data.cancelJob.job.state).toBe("CANCELLED");
    expect((await lease()).job).toBeNull();
    expect((await cancel(id)).errors?.[0]?.extensions).toMatchObject({ code: "JOB_FINISHED", field: "id" });
  });

  it("of a running job reaches its worker", async () => {
    await add("k");
    const mine = await leased();
    expect((await finish(mine, { cancelled: true })).errors?.[0]?.extensions.code).toBe("LEASE_LOST");
    expect((await cancel(mine.jobId)).data.cancelJob.job.state).toBe("RUNNING");
    expect((await heartbeat(mine)).data.heartbeat.cancelRequested).toBe(true);
    expect((await finish(mine, { cancelled: true })).data.finishJob.job.state).toBe("CANCELLED");
  });

  it("of a job whose worker died ends it when the lease runs out", async () => {
    await add("k");
    const mine = await leased();
    await cancel(mine.jobId);
    await workerDies(mine.jobId);
    expect((await stateOf(mine.jobId)).state).toBe("CANCELLED");
    expect((await lease()).job).toBeNull();
  });
});
