/** The handlers of GENERATE_SAMPLES and FINETUNE_POLICY with the embedded generator in its smallest form. */
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadPolicy } from "../../server/ml/policies/load-policy.ts";
import { Role } from "../../shared/enums.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { tinyPolicy } from "../support/tiny-policy.ts";
import { type DrawableRound, drawableRound } from "./drawable-round.ts";
import { rankedBy } from "./measured-round.ts";

const K = 4;
const TAGS = Array.from({ length: 20 }, (_, i) => (i % 5 === 4 ? "eval" : "train"));

let server: TestServer;
let lab: DrawableRound;
beforeAll(async () => {
  server = await startTestServer();
  lab = await drawableRound(server, { k: K, tags: TAGS, weights: tinyPolicy() });
}, 60_000);
afterAll(() => server?.stop());

interface Drawn {
  promptPosition: number;
  k: number;
  seed: number;
  sha256: string;
}
const drawnIn = (roundId: string): Promise<Drawn[]> =>
  server.db.query(
    `select prompt_position as "promptPosition", k, seed::float8 as seed, artifact_sha256 as sha256 from samples
     where round_id = $1 order by 1, 2`,
    [roundId],
  );
const pixelsOf = async (sha256: string): Promise<number[]> => {
  const headers = { authorization: `Bearer ${server.tokens.VIEWER}` };
  const file = await (await fetch(`${server.url}/artifacts/${sha256}`, { headers })).arrayBuffer();
  return [...(await sharp(Buffer.from(file)).removeAlpha().raw().toBuffer())];
};

test("a round is drawn as the policy draws, and a worker that stops in the middle draws nothing twice", {
  timeout: 600_000,
}, async () => {
  const settings = { steps: 3, guidance: 2 };
  await server.services.sampleGeneration.request({ roundId: lab.roundId, ...settings });
  let batches = 0;
  expect(await runNextJob(server, () => ++batches === 1)).toMatchObject({ state: "QUEUED" });
  const before = await drawnIn(lab.roundId);
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThan(TAGS.length * K);
  const job = await runNextJob(server);
  expect(job).toMatchObject({
    state: "SUCCEEDED",
    result: { drawn: TAGS.length * K, sampling: { generator: "flow-8", imageSize: 8, steps: 3, guidance: 2 } },
  });
  const drawn = await drawnIn(lab.roundId);
  expect(drawn).toHaveLength(TAGS.length * K);
  expect(new Set(drawn.map(({ sha256 }) => sha256)).size).toBe(drawn.length);
  expect(drawn).toEqual(expect.arrayContaining(before));

  const policy = await loadPolicy({ weights: tinyPolicy() });
  for (const { promptPosition, seed, sha256 } of [drawn[0], drawn[41]] as Drawn[]) {
    const [image] = await policy.sample([{ prompt: `prompt ${promptPosition}`, seed }], settings);
    expect(await pixelsOf(sha256)).toEqual([...(image?.pixels ?? [])]);
  }
  await policy.dispose();

  // the same weights draw the same elsewhere
  const elsewhere = await drawableRound(server, { k: K, tags: TAGS, weights: tinyPolicy() });
  await server.services.sampleGeneration.request({ roundId: elsewhere.roundId, promptTag: "eval", ...settings });
  expect((await runNextJob(server)).result).toMatchObject({ drawn: 4 * K });
  const evaluated = drawn.filter(({ promptPosition }) => TAGS[promptPosition] === "eval");
  expect(await drawnIn(elsewhere.roundId)).toEqual(evaluated);
});

test.each([
  [
    "DPO",
    { steps: 4, batch: 4 },
    // what the lab would mix in by default has no prompts
    { images: 0, pairs: 16, real: 0 },
    ["implicit_accuracy", "loser_error", "loss", "margin", "winner_error"],
  ],
  ["SFT", { steps: 4, batch: 4, realShare: 0.25 }, { images: 16, pairs: 0, real: 5 }, ["loss"]],
])(
  "%s trains the policy on what the round's model selected, and its curves are metrics of the new policy",
  {
    timeout: 600_000,
  },
  async (method, hyperparameters, trained, curves) => {
    await server.db.query(
      "update proxy_items set prompt = 'a real one' where id in (select i.id from experiments e join rounds r on r.experiment_id = e.id join proxy_items i on i.proxy_set_id = e.proxy_set_id where r.id = $2 and i.split = 'TRAIN' order by i.id limit $1)",
      [trained.real, lab.roundId],
    );
    const rewardModelId = await rankedBy(server, lab.roundId, `model of ${method}`);
    await server.db.query("update reward_models set state = 'TRAINED', weights_sha256 = $2 where id = $1", [
      rewardModelId,
      lab.weightsSha256,
    ]);
    await server.db.query("update sample_scores set score = 1.0 / (rank + 1) where reward_model_id = $1", [
      rewardModelId,
    ]);
    await server.services.pairs.build({ rewardModelId });
    const { policy } = await server.services.fineTuning.request({
      ...{ roundId: lab.roundId, rewardModelId, method, name: `tiny ${method}`, hyperparameters },
    });
    const job = await runNextJob(server);
    expect(job).toMatchObject({ state: "SUCCEEDED", result: { trained } });
    const { data } = await server.ask(
      "query ($id: ID!) { policy(id: $id) { weights { sha256 } metrics { nodes { name direction points { totalCount } } } } }",
      { id: policy.id },
      Role.VIEWER,
    );
    const { weights, metrics } = data.policy;
    expect(weights.sha256).not.toBe(lab.weightsSha256);
    expect(metrics.nodes.map(({ name }: { name: string }) => name).sort()).toEqual(curves);
    for (const { points } of metrics.nodes) expect(points.totalCount).toBe(4);
    const headers = { authorization: `Bearer ${server.tokens.WORKER}` };
    const file = await (await fetch(`${server.url}/artifacts/${weights.sha256}`, { headers })).arrayBuffer();
    const tuned = await loadPolicy({ weights: new Uint8Array(file) });
    const request = [{ prompt: "prompt 0", seed: 5 }];
    const [image] = await tuned.sample(request, { steps: 3, guidance: 1 });
    const base = await loadPolicy({ weights: tinyPolicy() });
    const [before] = await base.sample(request, { steps: 3, guidance: 1 });
    expect(image?.pixels).not.toEqual(before?.pixels);
    await Promise.all([tuned.dispose(), base.dispose()]);
  },
);
