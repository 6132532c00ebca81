import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage, type Preprocessing, packImages } from "../../server/ml/encoders/preprocessing.ts";
import { Session } from "../../server/ml/onnx/session.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { forgetRuns } from "../support/forget-runs.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { trainableRound } from "./trainable-round.ts";

const IMAGES = 80;

let server: TestServer;
let roundId: string;
let client: ApiClient;

beforeAll(async () => {
  server = await startTestServer();
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  roundId = await trainableRound(server, IMAGES);
});
afterAll(() => server?.stop());

const TRAIN = `mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } } }`;

/** Asks for a reward model. @returns its id */
async function request(name: string, hyperparameters: object): Promise<string> {
  const { trainRewardModel } = await client.ask<{ trainRewardModel: { rewardModel: { id: string } } }>(TRAIN, {
    input: { roundId, name, seed: 7, hyperparameters: { batchSize: 16, warmupSteps: 5, ...hyperparameters } },
  });
  return trainRewardModel.rewardModel.id;
}

test("the ONNX file from image to score gives the scores that scoreSamples stored", async () => {
  const id = await request("whole", { steps: 30 });
  await runNextJob(server);
  await client.ask("mutation ($id: ID!) { scoreSamples(rewardModelId: $id) { job { id } } }", { id });
  await runNextJob(server);
  const { rewardModel } = await client.ask<{ rewardModel: { imageOnnx: { sha256: string; kind: string } } }>(
    "query ($id: ID!) { rewardModel(id: $id) { imageOnnx { sha256 kind } } }",
    { id },
  );
  expect(rewardModel.imageOnnx.kind).toBe("MODEL");
  const model = await client.download(rewardModel.imageOnnx.sha256);
  const session = await Session.create(model);
  const scores = await server.db.query(
    `select s.artifact_sha256 as sha256, sc.score, sc.logit from sample_scores sc join samples s on s.id = sc.sample_id
     where sc.reward_model_id = $1 order by sc.score`,
    [id],
  );
  expect(scores).toHaveLength(IMAGES);
  const preprocessing = preprocessingOf(model);
  for (const { sha256, score, logit } of [scores[0], scores[40], scores[79]]) {
    const pixels = await decodeImage(await client.download(sha256), preprocessing);
    const { width, height } = preprocessing;
    const data = packImages([pixels], preprocessing);
    const outputs = await session.run({ image: { dtype: "uint8", shape: [1, height, width, 3], data } });
    expect(Number(outputs.logit?.data[0])).toBeCloseTo(logit, 3);
    expect(Number(outputs.score?.data[0])).toBeCloseTo(score, 4);
  }
  await session.dispose();
});

/** As a user reads it: from the file alone. */
function preprocessingOf(model: Uint8Array): Preprocessing {
  const text = Buffer.from(model).toString("latin1");
  const found = /\{"width":.*?\}/.exec(text.slice(text.lastIndexOf("preprocessing")));
  return JSON.parse(found?.[0] ?? "null");
}

interface Trained {
  trainedSteps: number;
  keptStep: number;
  heldOutAuc: number;
  weights: { sha256: string };
  metrics: { nodes: { name: string; points: { nodes: { step: number; value: number }[] } }[] };
}

async function trained(id: string): Promise<Trained> {
  const { rewardModel } = await client.ask<{ rewardModel: Trained }>(
    `query ($id: ID!) { rewardModel(id: $id) { trainedSteps keptStep heldOutAuc weights { sha256 }
       metrics(first: 5, name: "held_out_loss") { nodes { name points(first: 100) { nodes { step value } } } } } }`,
    { id },
  );
  return rewardModel;
}

test("early stopping keeps the step of the lowest held-out loss; a run that is cancelled on the way and asked for again goes on from its checkpoint and ends the same", async () => {
  // It can't end before step 120, so it passes the checkpoint of step 100.
  const settings = { steps: 140, batchSize: 8, evaluateEverySteps: 20, earlyStoppingPatience: 5, learningRate: 0.02 };
  const whole = await request("undisturbed", settings);
  await runNextJob(server);
  await forgetRuns(server.db);
  const resumed = await request("cancelled on the way", settings);
  const { id } = await runNextJob(server, ({ step }) => step === 100);
  await client.ask("mutation ($id: ID!) { cancelJob(id: $id) { job { state } } }", { id });
  expect(await request("cancelled on the way", settings)).toBe(resumed);
  const second = await runNextJob(server);
  expect(second).toMatchObject({ state: "SUCCEEDED", checkpoint: { step: 100 } });
  expect(second.id).not.toBe(id);
  const one = await trained(whole);
  expect(await trained(resumed)).toEqual(one);

  const [series] = one.metrics.nodes;
  const curve = series?.points.nodes ?? [];
  expect(curve.map(({ step }) => step)).toEqual(Array.from({ length: one.trainedSteps / 20 }, (_, i) => 20 * (i + 1)));
  expect(one.keptStep).toBe(curve.toSorted((a, b) => a.value - b.value || a.step - b.step)[0]?.step);
  const expected = Math.min(one.keptStep + 5 * 20, 140);
  expect(one.trainedSteps).toBe(expected);
}, 120_000);

test.each([
  ["earlyStoppingPatience", 0],
  ["earlyStoppingPatience", 1.5],
  ["evaluateEverySteps", 0],
])("%s %d is refused, and names the field", async (field, value) => {
  const answer = await server.ask(TRAIN, { input: { roundId, name: "bad", hyperparameters: { [field]: value } } });
  expect(answer.errors?.[0]?.extensions).toEqual({ code: "BAD_INPUT", field: `hyperparameters.${field}` });
});

test("an image that is trained on is held out nowhere, though it be a sample of two prompts or proxy data too", async () => {
  interface Set {
    positives: string[];
    negatives: string[];
    heldOutPositives: string[];
    heldOutNegatives: string[];
  }
  const setOf = async (model: string): Promise<Set> => {
    const { rewardModel } = await client.ask<{ rewardModel: { trainingSet: Set } }>(
      "query ($id: ID!) { rewardModel(id: $id) { trainingSet { positives negatives heldOutPositives heldOutNegatives } } }",
      { id: model },
    );
    return rewardModel.trainingSet;
  };
  const before = await setOf(await request("before", { steps: 10 }));
  const [proxy, negative, heldOut] = [before.positives[0], before.negatives[0], before.heldOutPositives[0]];
  const samples = Array.from({ length: IMAGES }, (_, promptPosition) => ({
    promptPosition,
    k: 1,
    artifactSha256: [proxy, negative, heldOut][promptPosition % 3],
  }));
  await client.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId, samples },
  });
  const after = await setOf(await request("after", { steps: 10 }));
  const trainedOn = new Set([...after.positives, ...after.negatives]);
  expect(trainedOn.has(heldOut ?? "")).toBe(true);
  for (const hash of [...after.heldOutPositives, ...after.heldOutNegatives]) expect(trainedOn).not.toContain(hash);
});
