import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openExperiment, plainPng } from "./open-experiment.ts";

const PROMPTS = 60;
const NEGATIVES = { roundId: "", splitSeed: 5, negativePromptTag: null };

let server: TestServer;
let images: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
  for (let shade = 0; shade < PROMPTS + 20; shade++)
    images.push((await server.upload(await plainPng(shade * 3))).body.sha256);
  images = [...new Set(images)];
  const { roundId } = await openExperiment(server, PROMPTS, 3, images.slice(0, 20));
  NEGATIVES.roundId = roundId;
  // k = 0: an image of its own; k = 1: one of ten that many prompts share; k = 2, of every third prompt: a proxy item.
  const samples = Array.from({ length: PROMPTS }, (_, promptPosition) => [
    { promptPosition, k: 0, artifactSha256: images[20 + promptPosition] },
    { promptPosition, k: 1, artifactSha256: images[20 + (promptPosition % 10)] },
    ...(promptPosition % 3 === 0 ? [{ promptPosition, k: 2, artifactSha256: images[promptPosition / 3] }] : []),
  ]).flat();
  const { errors } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }",
    {
      input: { roundId, samples },
    },
  );
  expect(errors).toBeUndefined();
});
afterAll(() => server?.stop());

/** The images of a prompt, by position. */
async function imagesOf(positions: number[]): Promise<Set<string>> {
  const rows: { sha256: string }[] = await server.db.query(
    "select artifact_sha256 as sha256 from samples where round_id = $1 and prompt_position = any($2)",
    [NEGATIVES.roundId, positions],
  );
  return new Set(rows.map((row) => row.sha256));
}

const unseen = (k: number) =>
  server.services.rewardModels.unseenPrompts(server.db.manager, { ...NEGATIVES, promptTag: null, k });

test("the pool has each image once, none of the training set, of a held-out prompt or of the held-out proxy items", async () => {
  const { rewardModels } = server.services;
  const request = { ...NEGATIVES, seed: 8, proxyCount: 8 };
  const set = await rewardModels.trainingSetOf(server.db.manager, request);
  expect([set.positives.length, set.negatives.length]).toEqual([8, 8]);
  const pool = await rewardModels.poolOf(server.db.manager, request, set);
  expect(pool.length).toBeGreaterThan(15);
  expect(new Set(pool).size).toBe(pool.length);
  const heldOut = await imagesOf(await unseen(3));
  const proxies: { sha256: string }[] = await server.db.query(
    "select artifact_sha256 as sha256 from proxy_items where split = 'HELD_OUT'",
  );
  for (const hash of pool) {
    expect([...set.positives, ...set.negatives, ...set.heldOutPositives, ...set.heldOutNegatives]).not.toContain(hash);
    expect(heldOut).not.toContain(hash);
    expect(proxies.map((row) => row.sha256)).not.toContain(hash);
  }
});

test("one split for several seeds: other negatives, the same held-out prompts; unseen prompts are never trained on", async () => {
  const { rewardModels } = server.services;
  const prompts = await unseen(2);
  expect(prompts.length).toBeGreaterThan(3);
  expect(prompts.length).toBeLessThan(PROMPTS / 2);
  const negatives = new Set<string>();
  const drawn = new Set<string>();
  for (const seed of [1, 2, 3]) {
    const set = await rewardModels.trainingSetOf(server.db.manager, { ...NEGATIVES, seed, proxyCount: 12 });
    drawn.add(set.negatives.join());
    for (const hash of set.negatives) negatives.add(hash);
    for (const hash of set.heldOutNegatives) expect(await imagesOf(prompts)).toContain(hash);
  }
  expect(drawn.size).toBe(3);
  const own = new Set(
    prompts.map((position) => images[20 + position]).filter((hash) => images.indexOf(hash ?? "") >= 30),
  );
  expect([...negatives].filter((hash) => own.has(hash))).toEqual([]);
});

test("a prompt with a single candidate among the first K offers no choice", async () => {
  expect(await unseen(1)).toEqual([]);
  expect(await unseen(2)).toEqual(await unseen(3));
});
