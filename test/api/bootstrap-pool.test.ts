import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openExperiment, plainPng } from "./open-experiment.ts";

const PROMPTS = 60;
const K = 4;
const SEED = 3;
const PROXIES = 80;

let server: TestServer;
let client: ApiClient;
let roundId: string;
/** What is logged, by prompt and k: many images more than once, some of them proxy data. */
let shown: string[][];
let proxies: string[];

beforeAll(async () => {
  server = await startTestServer();
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  const upload = async (shade: number) => (await server.upload(await plainPng(shade))).body.sha256 as string;
  const images = await Promise.all(Array.from({ length: 250 }, (_, shade) => upload(shade)));
  proxies = images.slice(0, PROXIES);
  const experiment = await openExperiment(server, PROMPTS, K, proxies);
  roundId = experiment.roundId;
  await server.db.query("update prompts set tags = '{train}' where position % 5 <> 0 and prompt_set_id = $1", [
    experiment.promptSetId,
  ]);
  // neighbours share an image, every seventh image is proxy data, so bytes lie on both sides of the split
  const place = (p: number, k: number) => (p * K + k) % 7;
  shown = Array.from({ length: PROMPTS }, (_, p) =>
    Array.from({ length: K }, (_, k) => {
      if (place(p, k) === 0) return images[(p + k) % PROXIES] ?? "";
      return images[PROXIES + ((k === 0 ? Math.floor(p / 2) * 2 * K : p * K + k) % 170)] ?? "";
    }),
  );
  const samples = shown.flatMap((hashes, promptPosition) =>
    hashes.map((artifactSha256, k) => ({ promptPosition, k, artifactSha256 })),
  );
  await client.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId, samples },
  });
});
afterAll(() => server?.stop());

interface Set {
  positives: string[];
  negatives: string[];
  heldOutPositives: string[];
  heldOutNegatives: string[];
  pool: { totalCount: number; nodes: { sha256: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
}

async function setOf(name: string, negativePromptTag: string | null): Promise<{ set: Set; pool: string[] }> {
  const input = { roundId, name, seed: SEED, negativePromptTag, proxyCount: 12 };
  const { trainRewardModel } = await client.ask<{ trainRewardModel: { rewardModel: { id: string } } }>(
    "mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } } }",
    { input },
  );
  const page = async (after: string | null) => {
    const { rewardModel } = await client.ask<{ rewardModel: { trainingSet: Set } }>(
      `query ($id: ID!, $after: String) { rewardModel(id: $id) { trainingSet { positives negatives heldOutPositives heldOutNegatives
         pool(first: 7, after: $after) { totalCount nodes { sha256 } pageInfo { endCursor hasNextPage } } } } }`,
      { id: trainRewardModel.rewardModel.id, after },
    );
    return rewardModel.trainingSet;
  };
  const set = await page(null);
  const pool = set.pool.nodes;
  for (let { pageInfo } = set.pool; pageInfo.hasNextPage; ) {
    const next = (await page(pageInfo.endCursor)).pool;
    pool.push(...next.nodes);
    pageInfo = next.pageInfo;
  }
  return { set, pool: pool.map(({ sha256 }) => sha256) };
}

/** As the split is said to be: a fifth by hash of seed and prompt. */
const isHeldOut = (p: number) => (createHash("md5").update(`${SEED}${p}prompt ${p}`).digest()[0] ?? 0) < 51;

test.each([null, "train"])(
  "tag %s: the pool is every image that only open prompts of the tag show, apart from D_r and all proxy data, once and by place",
  async (tag) => {
    const { set, pool } = await setOf(`tag ${tag}`, tag);
    const isOpen = (p: number) => !isHeldOut(p) && (tag === null || p % 5 !== 0);
    const outside = new Set([...set.negatives, ...proxies, ...shown.filter((_, p) => !isOpen(p)).flat()]);
    const open = shown.filter((_, p) => isOpen(p)).flat();
    expect(pool).toEqual([...new Set(open)].filter((hash) => !outside.has(hash)));
    expect(pool.length).toBeGreaterThan(20);
    expect(set.pool.totalCount).toBe(pool.length);
    expect(open.some((hash) => outside.has(hash) && !set.negatives.includes(hash))).toBe(true);
  },
);

test("pool, D_r, held-out prompts and held-out proxy items share no image, though the same bytes occur in many prompts", async () => {
  const { set, pool } = await setOf("disjoint", null);
  const trained = new Set([...set.positives, ...set.negatives]);
  const heldOut = new Set([...set.heldOutPositives, ...set.heldOutNegatives]);
  const ofHeldOutPrompts = new Set(shown.filter((_, p) => isHeldOut(p)).flat());
  for (const hash of pool) {
    expect(trained).not.toContain(hash);
    expect(heldOut).not.toContain(hash);
    expect(ofHeldOutPrompts).not.toContain(hash);
    expect(proxies).not.toContain(hash);
  }
  for (const hash of heldOut) expect(trained).not.toContain(hash);
});

test("a round with nothing left over can't be bootstrapped from, and says so", async () => {
  const { errors } = await server.ask(
    "mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } } }",
    { input: { roundId, name: "all used", strategy: "BOOTSTRAP", negativePromptTag: "no such tag" } },
  );
  expect(errors?.[0]?.extensions).toEqual({ code: "TOO_FEW_ITEMS", field: "roundId" });
});
