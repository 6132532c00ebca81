/** The four strategies of table 4 through the API: trained, scored, ranked and paired by a worker's own handlers. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../../server/ml/onnx/session.ts";
import { readRewardRun } from "../../server/ml/reward/run-file.ts";
import { bordaVotes } from "../../server/ml/reward/voting.ts";
import { readRewardMembers } from "../../server/ml/reward/weights-file.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { logitHistogram } from "../../shared/statistics/logit-histogram.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { trainableRound } from "./trainable-round.ts";

const PROMPTS = 60;
const K = 4;
const STEPS = 24;

let server: TestServer;
let client: ApiClient;
let roundId: string;

beforeAll(async () => {
  server = await startTestServer();
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  roundId = await trainableRound(server, PROMPTS, K);
}, 120_000);
afterAll(() => server?.stop());

const TRAIN = `mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } job { id state } } }`;
const MODEL = `query ($id: ID!) { rewardModel(id: $id) { id strategy state trainedSteps keptStep weights { sha256 } onnx { sha256 }
  heldOutAuc heldOutAucLow heldOutAucHigh heldOutBrier heldOutCount hyperparameters bootstrap { pool m }
  reliability { from to n meanScore positiveShare }
  curves { roc { falsePositiveRate truePositiveRate } samples { n meanLogit counts }
    training { trainProxy { n } trainGenerated { n } heldOutProxy { n counts } heldOutGenerated { n counts } } }
  trainingSet { positives negatives heldOutPositives heldOutNegatives } run { key trainedSteps snapshotSteps file { sha256 } } } }`;

interface Model {
  strategy: string;
  id: string;
  trainedSteps: number;
  keptStep: number;
  weights: { sha256: string };
  onnx: { sha256: string };
  heldOutAuc: number;
  heldOutAucLow: number;
  heldOutAucHigh: number;
  heldOutBrier: number;
  heldOutCount: number;
  hyperparameters: { bootstrap: object | null };
  bootstrap: { pool: number; m: number } | null;
  reliability: { n: number }[];
  curves: {
    roc: { falsePositiveRate: number; truePositiveRate: number }[];
    samples: { n: number; meanLogit: number; counts: number[] };
    training: Record<"trainProxy" | "trainGenerated" | "heldOutProxy" | "heldOutGenerated", { n: number }>;
  };
  trainingSet: Record<"positives" | "negatives" | "heldOutPositives" | "heldOutNegatives", string[]>;
  run: { key: string; trainedSteps: number; snapshotSteps: number[]; file: { sha256: string } };
}

const settings = (strategy: string, more: object = {}) => ({
  roundId,
  name: strategy,
  strategy,
  seed: 7,
  hyperparameters: {
    steps: STEPS,
    batchSize: 16,
    warmupSteps: 5,
    learningRate: 0.003,
    evaluateEverySteps: STEPS,
    ...more,
  },
});

async function request(input: object): Promise<string> {
  const { trainRewardModel } = await client.ask<{ trainRewardModel: { rewardModel: { id: string } } }>(TRAIN, {
    input,
  });
  return trainRewardModel.rewardModel.id;
}

const modelOf = async (id: string) => (await client.ask<{ rewardModel: Model }>(MODEL, { id })).rewardModel;

/** The model of a strategy: trained, scored and paired once, whichever test comes first. */
const made = new Map<string, Promise<Model>>();
function make(strategy: string): Promise<Model> {
  const started = made.get(strategy) ?? makeNow(strategy);
  made.set(strategy, started);
  return started;
}

async function makeNow(strategy: string): Promise<Model> {
  const id = await request(settings(strategy));
  expect((await runNextJob(server)).error).toBeNull();
  await client.ask("mutation ($id: ID!) { scoreSamples(rewardModelId: $id) { job { id } } }", { id });
  expect(await runNextJob(server)).toMatchObject({ state: "SUCCEEDED", result: { scored: PROMPTS * K } });
  await client.ask("mutation ($input: BuildPairsInput!) { buildPairs(input: $input) { inserted } }", {
    input: { rewardModelId: id },
  });
  return modelOf(id);
}

interface Scored {
  prompt: number;
  sample: string;
  logit: number;
  score: number;
  votes: number | null;
  rank: number;
}

async function scoresOf(id: string): Promise<Scored[]> {
  return server.db.query(
    `select s.prompt_position as prompt, s.id as sample, sc.logit, sc.score, sc.votes, sc.rank
     from sample_scores sc join samples s on s.id = sc.sample_id where sc.reward_model_id = $1 order by prompt, rank`,
    [id],
  );
}

/** The ROC curve has the recorded area; every image of the training set and every sample is counted once. */
function mustHaveCurves({ curves, trainingSet, heldOutAuc }: Model, scores: Scored[]): void {
  const { roc, training, samples } = curves;
  const area = roc.slice(1).reduce((sum, { falsePositiveRate: x, truePositiveRate: y }, i) => {
    const before = roc[i] as (typeof roc)[number];
    return sum + ((x - before.falsePositiveRate) * (y + before.truePositiveRate)) / 2;
  }, 0);
  expect(area).toBeCloseTo(heldOutAuc, 2);
  expect(Object.values(training).map(({ n }) => n)).toEqual(Object.values(trainingSet).map(({ length }) => length));
  const { meanLogit, ...expected } = logitHistogram(scores.map(({ logit }) => logit));
  expect(samples).toMatchObject(expected);
  expect(samples.meanLogit).toBeCloseTo(meanLogit ?? Number.NaN, 9);
}

test.each(["NAIVE", "AVERAGE", "VOTING", "BOOTSTRAP"])(
  "%s: trained, scored, ranked and paired by its own preference, with an interval of the AUC and a reliability diagram",
  async (strategy) => {
    const model = await make(strategy);
    expect(model).toMatchObject({ strategy, state: "TRAINED", trainedSteps: STEPS, keptStep: STEPS });
    expect(model.heldOutAucLow).toBeLessThanOrEqual(model.heldOutAuc);
    expect(model.heldOutAucHigh).toBeGreaterThanOrEqual(model.heldOutAuc);
    expect(model.heldOutBrier).toBeLessThan(0.25);
    expect(model.reliability).toHaveLength(15);
    expect(model.reliability.reduce((sum, { n }) => sum + n, 0)).toBe(model.heldOutCount);
    const scores = await scoresOf(model.id);
    mustHaveCurves(model, scores);
    for (const [prompt, rows] of Map.groupBy(scores, (row) => row.prompt)) {
      const preference = ({ votes, score }: Scored) => votes ?? score;
      const sorted = rows.toSorted(
        (a, b) => preference(b) - preference(a) || b.score - a.score || (a.sample < b.sample ? -1 : 1),
      );
      expect(rows.map((row) => row.sample)).toEqual(sorted.map((row) => row.sample));
      const [pair] = await server.db.query(
        `select chosen_sample_id as chosen, rejected_sample_id as rejected, margin from pairs p
         join prompts on prompts.id = p.prompt_id where p.reward_model_id = $1 and prompts.position = $2`,
        [model.id, prompt],
      );
      const [best, worst] = [rows[0], rows[K - 1]];
      if (!best || !worst) throw new Error("A prompt has no samples.");
      const margin = preference(best) - preference(worst);
      expect(pair).toEqual(margin > 0 ? { chosen: best.sample, rejected: worst.sample, margin } : undefined);
      expect(rows.every((row) => (row.votes === null) === (strategy !== "VOTING"))).toBe(true);
    }
  },
  120_000,
);

test("all four are made of one run: it was trained once, and a job that would train it again finds it", async () => {
  const models = [];
  for (const strategy of ["NAIVE", "AVERAGE", "VOTING", "BOOTSTRAP"]) models.push(await make(strategy));
  const [first] = models;
  expect(first?.run).toMatchObject({ trainedSteps: STEPS, snapshotSteps: [6, 12, 18, 24] });
  for (const model of models) expect(model.run).toEqual(first?.run);
  const runs = await server.db.query("select key from reward_training_runs");
  expect(runs).toEqual([{ key: first?.run.key }]);
  expect(new Set(models.map((model) => model.weights.sha256)).size).toBe(4);
});

test("a model of the same settings by another name has the same bytes, and trains nothing", async () => {
  for (const strategy of ["AVERAGE", "BOOTSTRAP"]) {
    const model = await make(strategy);
    const again = await request({ ...settings(strategy), name: `${strategy} again` });
    await runNextJob(server);
    const { weights, onnx, run } = await modelOf(again);
    expect({ weights, onnx, run }).toEqual({ weights: model.weights, onnx: model.onnx, run: model.run });
  }
  const other = await request({ ...settings("NAIVE"), name: "another seed", seed: 8 });
  await runNextJob(server);
  expect((await modelOf(other)).run.key).not.toBe((await make("NAIVE")).run.key);
}, 120_000);

test("asked for twice it is one model and one job; with another strategy or M its name is taken", async () => {
  const { id } = await make("BOOTSTRAP");
  const jobs = "select count(*)::int as n from jobs";
  const [before] = await server.db.query(jobs);
  expect(await request(settings("BOOTSTRAP"))).toBe(id);
  expect(await server.db.query(jobs)).toEqual([before]);
  const taken = { code: "CONFLICT", field: "name" };
  for (const other of [
    { ...settings("BOOTSTRAP", { bootstrap: { m: 9 } }) },
    { ...settings("NAIVE"), name: "BOOTSTRAP" },
  ])
    expect((await server.ask(TRAIN, { input: other })).errors?.[0]?.extensions).toEqual(taken);
});

test("NAIVE keeps the run's last snapshot, VOTING the run's file; the file of a run says all", async () => {
  const [naive, voting] = [await make("NAIVE"), await make("VOTING")];
  expect(voting.weights).toEqual(voting.run.file);
  const run = readRewardRun(await client.download(voting.run.file.sha256));
  expect(run.snapshots.map(({ step }) => step)).toEqual([6, 12, 18, 24]);
  expect(run.lossCurve).toHaveLength(STEPS);
  expect(readRewardMembers(await client.download(naive.weights.sha256))).toEqual([run.snapshots.at(-1)?.weights]);
});

test("VOTING's votes are the Borda count of its members' logits, as its ONNX file gives them", async () => {
  const voting = await make("VOTING");
  const scores = await scoresOf(voting.id);
  const session = await Session.create(await client.download(voting.onnx.sha256));
  const naive = await Session.create(await client.download((await make("NAIVE")).onnx.sha256));
  expect(session.outputNames).toEqual(["logits", "logit", "score"]);
  const rows = await featureRows(scores.map(({ sample }) => sample));
  const feed = {
    features: { dtype: "float32" as const, shape: [scores.length, rows.length / scores.length], data: rows },
  };
  const { logits, score } = await session.run(feed);
  expect(logits?.shape).toEqual([scores.length, 4, 2]);
  const member = (j: number) => Float32Array.from(scores, (_, i) => Number(logits?.data[2 * (4 * i + j) + 1]));
  const last = (await naive.run(feed)).logit?.data ?? [];
  for (const [i, logit] of member(3).entries()) expect(logit).toBeCloseTo(Number(last[i]), 4);
  const prompts = scores.map(({ prompt }) => prompt);
  expect([...bordaVotes([0, 1, 2, 3].map(member), prompts)]).toEqual(scores.map(({ votes }) => votes));
  for (const [i, row] of scores.entries()) expect(Number(score?.data[i])).toBeCloseTo(row.score, 5);
});

/** What the worker stored of these samples' images. */
async function featureRows(samples: string[]): Promise<Float32Array> {
  const { readFeatureMatrix, featureRow } = await import("../../server/worker/feature-matrix.ts");
  const rows: { matrix: string; row: number }[] = await server.db.query(
    `select f.matrix_sha256 as matrix, f."row" from unnest($1::uuid[]) with ordinality as i(id, place)
     join samples s on s.id = i.id join feature_rows f on f.image_sha256 = s.artifact_sha256 order by i.place`,
    [samples],
  );
  const files = new Map<string, Uint8Array>();
  const all: number[] = [];
  for (const { matrix, row } of rows) {
    const file = files.get(matrix) ?? (await client.download(matrix));
    files.set(matrix, file);
    all.push(...featureRow(readFeatureMatrix(file, 1344), row));
  }
  return Float32Array.from(all);
}

test("BOOTSTRAP records what it drew from; the request records its options with the defaults", async () => {
  const { bootstrap, hyperparameters } = await make("BOOTSTRAP");
  const pool = bootstrap?.pool ?? 0;
  expect(pool).toBeGreaterThan(50);
  expect(bootstrap?.m).toBe(Math.floor(Math.min(0.8 * PROMPTS, pool) / 10));
  expect(hyperparameters.bootstrap).toEqual({
    m: null,
    alpha: Math.LN2,
    rankFrom: 1,
    rankScale: "NORMALISED",
    pseudoNegatives: "LOWEST",
  });
  expect((await make("NAIVE")).bootstrap).toBeNull();
});

test("an M beyond half of the pool is refused, and named", async () => {
  const answer = await server.ask(TRAIN, {
    input: { ...settings("BOOTSTRAP", { bootstrap: { m: 100_000 } }), name: "bad" },
  });
  expect(answer.errors?.[0]?.extensions).toEqual({ code: "BAD_INPUT", field: "hyperparameters.bootstrap.m" });
});

test("a viewer reads a run; only workers record one", async () => {
  const { run } = await make("NAIVE");
  const { data } = await server.ask("query ($key: ID!) { rewardTrainingRun(key: $key) { key } }", run, Role.VIEWER);
  expect(data.rewardTrainingRun).toEqual({ key: run.key });
});

test("a run that nobody has used for a month lets its file go, but for a VOTING model's; wanted again it is trained anew", async () => {
  const [{ key, file }] = await server.db.query(
    "select key, file_sha256 as file from reward_training_runs r where exists (select 1 from reward_models m where m.run_key = r.key and m.strategy = 'VOTING')",
  );
  const age = (table: string, days: number) =>
    server.db.query(`update ${table} set created_at = now() - make_interval(days => ${days})`);
  const files = async () =>
    (await server.db.query("select file_sha256 as file from reward_training_runs where key = $1", [key]))[0].file;
  await age("reward_training_runs", 31);
  await server.services.rewardTrainingRuns.letGo();
  expect(await files()).toBe(file); // models are of today
  await age("reward_models", 31);
  await server.db.query("update artifacts set uploaded_at = now() - interval '31 days' where sha256 = $1", [file]);
  const before = await server.services.artifactCollector.collect({ dryRun: true });
  expect(await files()).toBe(file);
  expect(before.artifacts).toBe(0);
  await server.services.artifactCollector.collect();
  expect(await files()).toBeNull();
  expect(await server.services.artifacts.find(file)).not.toBeNull(); // the VOTING model's weights
  await server.db.query("delete from reward_models where name = 'anew'");
  const { data, errors } = await server.ask(TRAIN, { input: { ...settings("AVERAGE"), name: "anew" } });
  expect(errors).toBeUndefined();
  expect(data).toBeTruthy();
  const job = await runNextJob(server);
  expect(job).toMatchObject({ state: "SUCCEEDED" });
  expect(await files()).toBe(file); // the same bytes again
}, 120_000);

// last, since no worker takes its jobs
test("BOOTSTRAP is what is made where nobody asks, but of a round with nothing beyond D_r; a model that is there keeps its own", async () => {
  const usual = { ...settings("BOOTSTRAP"), name: "usual", strategy: undefined };
  const id = await request(usual);
  expect(await modelOf(id)).toMatchObject({
    strategy: "BOOTSTRAP",
    hyperparameters: { bootstrap: { alpha: Math.LN2 } },
  });
  expect(await request(usual)).toBe(id);
  const naive = { ...settings("NAIVE"), name: "known" };
  const known = await request(naive);
  expect(await request({ ...naive, strategy: undefined })).toBe(known);
  const small = await trainableRound(server, 100);
  const made = await request({ ...usual, roundId: small });
  expect((await modelOf(made)).strategy).toBe("NAIVE");
});
