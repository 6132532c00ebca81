import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { decodeImage, type Preprocessing, packImages } from "../../server/ml/encoders/preprocessing.ts";
import { Session } from "../../server/ml/onnx/session.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { trainableRound } from "./trainable-round.ts";

const IMAGES = 80;

let server: TestServer;
let cache: string;
let roundId: string;
let client: ApiClient;

beforeAll(async () => {
  cache = mkdtempSync(path.join(os.tmpdir(), "gan-rm-cache-"));
  vi.stubEnv("GANRM_CACHE_DIR", cache);
  server = await startTestServer();
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  roundId = await trainableRound(server, IMAGES);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
  rmSync(cache, { recursive: true, force: true });
});

const TRAIN = `mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } } }`;

/** Asks for a reward model and trains it. @returns its id */
async function train(name: string, hyperparameters: object): Promise<string> {
  const { trainRewardModel } = await client.ask<{ trainRewardModel: { rewardModel: { id: string } } }>(TRAIN, {
    input: { roundId, name, seed: 7, hyperparameters: { batchSize: 16, warmupSteps: 5, ...hyperparameters } },
  });
  await runNextJob(server);
  return trainRewardModel.rewardModel.id;
}

test("the ONNX file from image to score gives the scores that scoreSamples stored", async () => {
  const id = await train("whole", { steps: 30 });
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
