import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quantile } from "../../server/ml/metrics/resampling.ts";
import { Role } from "../../shared/enums.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { EVAL_PROMPTS, RUN_K, runnableExperiment, SHORT_RUN, TRAIN_PROMPTS } from "./runnable-experiment.ts";

const ENCODER = "mobilenet-v2-mid";
const RESAMPLES = 25;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const RUN = `id state error settings progress steps { roundIndex kind state job { kind state } round { index } } alarms { kind roundIndex value threshold } secondsLeft earlyStop { roundIndex metric value threshold }`;
const ask = async (query: string, variables: object, role = Role.MEMBER) => {
  const { data, errors } = await server.ask(query, variables as Record<string, unknown>, role);
  if (errors) throw Object.assign(new Error(JSON.stringify(errors)), errors[0]?.extensions);
  return data;
};
const start = async (input: object) =>
  (await ask(`mutation ($input: RunExperimentInput!) { runExperiment(input: $input) { run { ${RUN} } } }`, { input }))
    .runExperiment.run;
const mutate = async (mutation: string, id: string) =>
  (await ask(`mutation ($id: ID!) { ${mutation}(id: $id) { run { ${RUN} } } }`, { id }))[mutation].run;
const read = async (id: string) => (await ask(`query ($id: ID!) { run(id: $id) { ${RUN} } }`, { id }, Role.VIEWER)).run;
/** Works off jobs until the run is no longer under way. @returns kinds, in order */
async function workOff(id: string, most = 100): Promise<string[]> {
  const kinds: string[] = [];
  while (kinds.length < most && (await read(id)).state === "RUNNING") kinds.push((await runNextJob(server)).kind);
  return kinds;
}
interface RoundView {
  index: number;
  status: string;
  sampleCount: number;
  policyIn: { id: string };
  policyOut: { id: string; origin: string; name: string; parent: { id: string } } | null;
  rewardModels: { name: string; seed: number; state: string; pairs: { totalCount: number } }[];
  metrics: { nodes: { name: string; provenance: Record<string, unknown>; latest: { n: number; value: number } }[] };
}
const roundsOf = async (id: string): Promise<RoundView[]> =>
  (
    await ask(
      `query ($id: ID!) { experiment(id: $id) { status run { id } rounds { index status sampleCount policyIn { id }
         policyOut { id origin name parent { id } } rewardModels { name seed state pairs { totalCount } }
         metrics { nodes { name provenance latest { n value } } } } } }`,
      { id },
    )
  ).experiment.rounds;

describe("two rounds of DPO", () => {
  let lab: Awaited<ReturnType<typeof runnableExperiment>>;
  let id: string;
  beforeAll(async () => {
    lab = await runnableExperiment(server);
    ({ id } = await start({ experimentId: lab.experimentId, ...SHORT_RUN, resamples: RESAMPLES }));
    expect(await workOff(id)).toEqual([
      "GENERATE_SAMPLES",
      ...["TRAIN_REWARD_MODEL", "TRAIN_REWARD_MODEL", "SCORE_SAMPLES", "MEASURE_ROUND", "FINETUNE_POLICY"],
      ...["GENERATE_SAMPLES", "TRAIN_REWARD_MODEL", "SCORE_SAMPLES", "MEASURE_ROUND", "FINETUNE_POLICY"],
      ...["GENERATE_SAMPLES", "MEASURE_ROUND"],
    ]);
  }, 900_000);

  test("are done and recorded step by step, each round on the policy that the one before led to", async () => {
    const run = await read(id);
    expect(run).toMatchObject({ state: "SUCCEEDED", error: null, progress: 1 });
    expect(run.steps).toHaveLength(13);
    expect(run.steps.every(({ state }: { state: string }) => state === "SUCCEEDED")).toBe(true);
    expect(run.steps.at(-1)).toMatchObject({ roundIndex: 3, kind: "MEASURE", round: { index: 3 } });
    const [first, second, last] = await roundsOf(lab.experimentId);
    const all = RUN_K * (TRAIN_PROMPTS + EVAL_PROMPTS);
    expect([first, second, last].map((round) => [round?.status, round?.sampleCount])).toEqual([
      ["COMPLETED", all],
      ["COMPLETED", all],
      ["COMPLETED", RUN_K * EVAL_PROMPTS],
    ]);
    expect(first?.policyIn.id).toBe(lab.policyId);
    expect(first?.policyOut).toMatchObject({
      origin: "DPO",
      name: expect.stringMatching(/: G2$/),
      parent: { id: lab.policyId },
    });
    expect(second?.policyIn.id).toBe(first?.policyOut?.id);
    expect(second?.policyOut?.parent.id).toBe(first?.policyOut?.id);
    expect(last?.policyIn.id).toBe(second?.policyOut?.id);
    expect(last?.policyOut).toBeNull();
    expect(first?.rewardModels.map(({ name, seed }) => [name, seed])).toEqual([
      ["R", 11],
      ["judge", 12],
    ]);
    expect(second?.rewardModels.map(({ name }) => name)).toEqual(["R"]);
    expect(last?.rewardModels).toEqual([]);
    for (const round of [first, second])
      expect(round?.rewardModels[0]?.pairs.totalCount).toBe(TRAIN_PROMPTS + EVAL_PROMPTS);
  });

  test("every round is measured on held-out prompts by one judge, and by its own model where it has one", async () => {
    const rounds = await roundsOf(lab.experimentId);
    const names = [
      `FD(${ENCODER})`,
      `KID(${ENCODER})`,
      `diversity(${ENCODER})`,
      `fidelity(${ENCODER})`,
      "reward(R)",
      "reward(judge)",
    ];
    const judges = new Set<unknown>();
    for (const { index, metrics } of rounds) {
      expect(metrics.nodes.map(({ name }) => name).sort()).toEqual(
        names.filter((name) => index < 3 || name !== "reward(R)"),
      );
      for (const { name, provenance, latest } of metrics.nodes) {
        expect(provenance).toMatchObject({ promptTag: "eval" });
        const ofPrompt = name.startsWith("fidelity") ? Math.floor(RUN_K / 2) : RUN_K;
        expect(latest.n).toBe(ofPrompt * EVAL_PROMPTS);
        if (name === "reward(judge)") judges.add(JSON.stringify(provenance));
      }
    }
    expect(judges.size).toBe(1);
  });

  test("distances of two rounds are compared in the same draws of prompts", async () => {
    const { experiment } = await ask(
      `query ($id: ID!) { experiment(id: $id) { roundMetrics { name values { roundIndex value low high }
         changes { fromRound toRound difference low high test } } } }`,
      { id: lab.experimentId },
    );
    for (const name of ["FD", "KID"]) {
      const { changes, values } = experiment.roundMetrics.find(
        (one: { name: string }) => one.name === `${name}(${ENCODER})`,
      );
      const draws: { index: number; values: number[]; draws: string }[] = await server.db.query(
        `select r.index, d."values", d.draws from rounds r join metric_series m on m.subject_id = r.id join metric_resamples d on d.series_id = m.id
         where r.experiment_id = $1 and m.name = $2 order by 1`,
        [lab.experimentId, `${name}(${ENCODER})`],
      );
      expect(draws.map((one) => one.values.length)).toEqual([RESAMPLES, RESAMPLES, RESAMPLES]);
      expect(new Set(draws.map((one) => one.draws)).size).toBe(1);
      for (const { fromRound, toRound, difference, low, high, test: by } of changes) {
        const [from, to] = [draws[fromRound - 1]?.values ?? [], draws[toRound - 1]?.values ?? []];
        const differences = to.map((value, i) => value - (from[i] ?? 0)).sort((a, b) => a - b);
        const mean = differences.reduce((sum, one) => sum + one, 0) / RESAMPLES;
        expect(difference).toBeCloseTo(values[toRound - 1].value - values[fromRound - 1].value, 10);
        expect(low).toBeCloseTo(difference + quantile(differences, 0.025) - mean, 10);
        expect(high).toBeCloseTo(difference + quantile(differences, 0.975) - mean, 10);
        expect(by).toBe("PAIRED_RESAMPLES");
      }
    }
  });

  test("reward models see the proxy images as each round's policy draws them again", async () => {
    const [{ count }] = await server.db.query(
      "select count(*)::int from artifacts a where width = 8 and kind = 'IMAGE' and not exists (select 1 from samples s where s.artifact_sha256 = a.sha256)",
    );
    expect(count).toBe(2 * 45);
  });

  test("rounds are paired: a prompt's k-th sample has the same seed in all of them", async () => {
    const rows: { seeds: number }[] = await server.db.query(
      `select count(distinct seed)::int as seeds from samples s join rounds r on r.id = s.round_id
       where r.experiment_id = $1 group by prompt_position, k`,
      [lab.experimentId],
    );
    expect(new Set(rows.map(({ seeds }) => seeds))).toEqual(new Set([1]));
  });

  test("post-training saw nothing of the held-out prompts", async () => {
    const rounds = await roundsOf(lab.experimentId);
    for (const { policyOut } of rounds.slice(0, 2)) {
      const { policy } = await ask(
        "query ($id: ID!) { policy(id: $id) { fineTuningSet { pairs { promptPosition } } } }",
        { id: policyOut?.id },
        Role.WORKER,
      );
      const positions: number[] = policy.fineTuningSet.pairs.map(
        ({ promptPosition }: { promptPosition: number }) => promptPosition,
      );
      expect(positions).toHaveLength(TRAIN_PROMPTS);
      expect(Math.max(...positions)).toBe(TRAIN_PROMPTS - 1);
    }
  });

  test("asked again it is that run; with other settings it is refused", async () => {
    expect((await start({ experimentId: lab.experimentId, ...SHORT_RUN, resamples: RESAMPLES })).id).toBe(id);
    await expect(start({ experimentId: lab.experimentId, ...SHORT_RUN, resamples: 3 })).rejects.toMatchObject({
      code: "CONFLICT",
      field: "experimentId",
    });
    await server.services.runs.advance(id);
    await expect(runNextJob(server)).rejects.toThrow("There is no job to run.");
  });

  test("a fork goes on from the policy of any round", async () => {
    const rounds = await roundsOf(lab.experimentId);
    const { forkFromRound } = await ask(
      "mutation ($input: ForkFromRoundInput!) { forkFromRound(input: $input) { experiment { forkedFrom { id } basePolicy { id } postTraining k } } }",
      { input: { roundId: await roundId(2), name: "SFT from round 2", postTraining: "SFT" } },
    );
    expect(forkFromRound.experiment).toEqual({
      forkedFrom: { id: lab.experimentId },
      basePolicy: { id: rounds[1]?.policyIn.id },
      postTraining: "SFT",
      k: RUN_K,
    });
  });
  const roundId = async (index: number): Promise<string> =>
    (
      await server.db.query("select id from rounds where experiment_id = $1 and index = $2", [lab.experimentId, index])
    )[0].id;
});

test("a run that may stop early ends after the round whose drawings are no nearer, and its policy is the last", {
  timeout: 600_000,
}, async () => {
  const { experimentId } = await runnableExperiment(server, { plannedRounds: 3 });
  const spoiling = { hyperparameters: { steps: 20, batch: 4, learningRate: 0.05, realShare: 0 } };
  const asked = { experimentId, ...SHORT_RUN, postTraining: spoiling, earlyStopping: {} };
  const { id } = await start(asked);
  const round = ["GENERATE_SAMPLES", "TRAIN_REWARD_MODEL", "SCORE_SAMPLES", "MEASURE_ROUND"];
  const kinds = await workOff(id);
  expect(kinds.slice(-4)).toEqual(round);
  const run = await read(id);
  expect(run).toMatchObject({ state: "SUCCEEDED", error: null, progress: 1, secondsLeft: null });
  expect(run.earlyStop).toMatchObject({ roundIndex: 2 });
  const rounds = await roundsOf(experimentId);
  const kid = (index: number) =>
    rounds[index - 1]?.metrics.nodes.find(({ name }) => name === `KID(${ENCODER})`)?.latest.value ?? Number.NaN;
  if (run.earlyStop.metric === "KID") expect(run.earlyStop).toMatchObject({ value: kid(2), threshold: kid(1) });
  expect(rounds.map(({ status }) => status)).toEqual(["COMPLETED", "COMPLETED"]);
  expect(rounds[1]?.policyOut).toBeNull();
  expect((await start(asked)).id).toBe(id);
  await expect(start({ ...asked, earlyStopping: { patience: 0 } })).rejects.toMatchObject({
    code: "BAD_INPUT",
    field: "earlyStopping.patience",
  });
});

test("selection alone is one round without post-training", { timeout: 600_000 }, async () => {
  const { experimentId } = await runnableExperiment(server, { postTraining: "NONE" });
  const { postTraining: _, ...settings } = SHORT_RUN;
  const { id } = await start({ experimentId, ...settings });
  expect(await workOff(id)).toEqual([
    "GENERATE_SAMPLES",
    ...["TRAIN_REWARD_MODEL", "TRAIN_REWARD_MODEL", "SCORE_SAMPLES", "MEASURE_ROUND"],
  ]);
  expect(await read(id)).toMatchObject({ state: "SUCCEEDED", progress: 1 });
  const [round, ...others] = await roundsOf(experimentId);
  expect(others).toEqual([]);
  expect(round?.policyOut).toBeNull();
  expect(round?.rewardModels[0]?.pairs.totalCount).toBeGreaterThan(0);
});

test("a cancelled run stops its job and goes on when it is resumed; a failed job fails it until the job is tried again", {
  timeout: 600_000,
}, async () => {
  const { experimentId } = await runnableExperiment(server, { plannedRounds: 1, postTraining: "SFT" });
  const { id } = await start({ experimentId, ...SHORT_RUN });
  await runNextJob(server);
  const cancelled = await mutate("cancelRun", id);
  expect(cancelled.state).toBe("CANCELLED");
  expect(cancelled.steps.map(({ state }: { state: string }) => state).slice(0, 4)).toEqual([
    ...["SUCCEEDED", "CANCELLED", "CANCELLED", "WAITING"],
  ]);
  await expect(runNextJob(server)).rejects.toThrow("There is no job to run.");
  expect((await mutate("resumeRun", id)).state).toBe("RUNNING");

  const { jobs } = server.services;
  const lease = await jobs.lease("test", ["TRAIN_REWARD_MODEL"]);
  await jobs.fail(lease?.id ?? "", lease?.leaseToken ?? "", "out of memory", true);
  const failed = await read(id);
  expect(failed).toMatchObject({ state: "FAILED", error: "Round 1, TRAIN_REWARD_MODEL: out of memory" });
  await jobs.retry(lease?.id ?? "");
  expect(await read(id)).toMatchObject({ state: "RUNNING", error: null });
  await workOff(id);
  expect(await read(id)).toMatchObject({ state: "SUCCEEDED", error: null });
  for (const mutation of ["cancelRun", "resumeRun"])
    await expect(mutate(mutation, id)).rejects.toMatchObject({ code: "RUN_FINISHED", field: "id" });
});

test("what can't be done ends the run with the reason", { timeout: 600_000 }, async () => {
  const { experimentId } = await runnableExperiment(server);
  const { id } = await start({ experimentId, ...SHORT_RUN, metrics: ["FD"] });
  await workOff(id);
  expect(await read(id)).toMatchObject({ state: "FAILED", error: expect.stringMatching(/"FD" must name an encoder/) });
});
