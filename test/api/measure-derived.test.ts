import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { pairsOf } from "../../server/ml/metrics/diversity.ts";
import { frechetDistance } from "../../server/ml/metrics/frechet.ts";
import { scoreFeatures } from "../../server/ml/reward/score.ts";
import { readRewardMembers } from "../../server/ml/reward/weights-file.ts";
import { ScorerEngine } from "../../server/ml/scorers/engine.ts";
import { featuresOf } from "../../server/worker/features.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { writeTinyScorers } from "../support/tiny-scorers.ts";
import { type MeasuredRound, measuredRound } from "./measured-round.ts";

const PROMPTS = 20;
const K = 4;
const ENCODER = "mobilenet-v2-mid";
const DIVERSITY = `diversity(${ENCODER})`;

let server: TestServer;
let lab: MeasuredRound;
let judgeId: string;
let client: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  lab = await measuredRound(server, PROMPTS);
  await server.db.query("update prompts set tags = '{eval}' where position % 2 = 0");
  client = new ApiClient({ url: server.url, token: server.tokens.WORKER });
  const { rewardModel } = await server.services.rewardModels.requestTraining({
    roundId: lab.roundId,
    name: "judge",
    hyperparameters: { steps: 20 },
  });
  judgeId = rewardModel.id;
  await runNextJob(server);
}, 240_000);
afterAll(() => server?.stop());

const MEASURE = "mutation ($input: MeasureRoundInput!) { measureRound(input: $input) { job { id } } }";
const measure = async (input: object) => {
  const { errors } = await server.ask(MEASURE, { input: { roundId: lab.roundId, ...input } }, Role.MEMBER);
  if (errors) throw new Error(JSON.stringify(errors));
  return runNextJob(server);
};
const metricsOf = async (): Promise<{ name: string; provenance: Record<string, unknown>; latest: Point }[]> => {
  const { data, errors } = await server.ask(
    "query ($id: ID!) { round(id: $id) { metrics { nodes { name provenance latest { value low high n step } } } } }",
    { id: lab.roundId },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.round.metrics.nodes;
};
interface Point {
  value: number;
  low: number | null;
  high: number | null;
  n: number;
  step: number;
}

/** Features of images as any worker has them, a row each. */
async function features(images: string[]): Promise<Float32Array[]> {
  const encoder = await loadEncoder(ENCODER);
  const values = await featuresOf(client, encoder, images).finally(() => encoder.dispose());
  const width = 2 * encoder.width;
  return images.map((_, i) => values.subarray(i * width, (i + 1) * width));
}
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const flat = (rows: Float32Array[]) => {
  const width = rows[0]?.length ?? 0;
  const values = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) values.set(row, i * width);
  return { values, width };
};

test("diversity, a judge's reward and distances are of the tagged prompts alone, as the functions say by hand", {
  timeout: 240_000,
}, async () => {
  const fd = `FD(${ENCODER})`;
  const job = await measure({ metrics: [fd, DIVERSITY], judgeIds: [judgeId], promptTag: "eval", resamples: 0 });
  const tagged = lab.samples.filter(({ promptPosition }) => promptPosition % 2 === 0);
  expect(job).toMatchObject({ state: "SUCCEEDED", result: { scored: 2 * tagged.length, samples: tagged.length } });
  const byName = new Map((await metricsOf()).map((series) => [series.name, series]));
  expect([...byName.keys()].sort()).toEqual([fd, DIVERSITY, "reward(judge)"].sort());
  for (const { provenance, latest } of byName.values()) {
    expect(provenance).toMatchObject({ promptTag: "eval", encoder: ENCODER });
    expect(latest).toMatchObject({ n: tagged.length, step: tagged.length });
  }

  const rows = await features(tagged.map(({ sha256 }) => sha256));
  const pairwise: number[] = [];
  for (let p = 0; p < rows.length; p += K) {
    const own = rows.slice(p, p + K);
    const distances = own.flatMap((a, i) =>
      own.slice(i + 1).map((b) => Math.hypot(...a.map((value, d) => value - (b[d] ?? 0)))),
    );
    pairwise.push(mean(distances));
  }
  const diversity = byName.get(DIVERSITY);
  expect(diversity?.provenance).toMatchObject({ samplesPerPrompt: K, statistic: "mean over prompts" });
  expect(diversity?.latest.value).toBeCloseTo(mean(pairwise), 4);
  const deviation = Math.sqrt(mean(pairwise.map((d) => (d - mean(pairwise)) ** 2)) * (10 / 9));
  // Student's t with 9 degrees of freedom
  expect(diversity?.latest.high).toBeCloseTo(mean(pairwise) + (2.262157163 * deviation) / Math.sqrt(10), 4);

  const [{ weights }] = await server.db.query("select weights_sha256 as weights from reward_models where id = $1", [
    judgeId,
  ]);
  const { logits } = await scoreFeatures(readRewardMembers(await client.download(weights)), flat(rows).values);
  const reward = byName.get("reward(judge)");
  expect(reward?.provenance).toMatchObject({ rewardModel: judgeId, weights, value: "logit" });
  expect(reward?.latest.value).toBeCloseTo(mean([...logits]), 4);

  const held: { sha256: string }[] = await server.db.query(
    "select artifact_sha256 as sha256 from proxy_items where proxy_set_id = $1 and split = 'HELD_OUT' order by 1",
    [lab.proxySetId],
  );
  const reference = flat(await features(held.map(({ sha256 }) => sha256)));
  expect(byName.get(fd)?.latest.value).toBeCloseTo(await frechetDistance(reference, flat(rows)), 9);
});

test("for all prompts only what is new is computed, and stands beside as a series of its own", async () => {
  const job = await measure({ metrics: [DIVERSITY], judgeIds: [judgeId] });
  expect(job.result).toMatchObject({ scored: PROMPTS * K, samples: PROMPTS * K });
  const own = (await metricsOf()).filter(({ name }) => name === DIVERSITY);
  expect(own.map(({ provenance, latest }) => [provenance.promptTag, latest.n])).toEqual(
    expect.arrayContaining([
      ["eval", (PROMPTS * K) / 2],
      [undefined, PROMPTS * K],
    ]),
  );
  expect((await measure({ metrics: [DIVERSITY], resamples: 1 })).result).toMatchObject({ scored: 0 });
});

test("fidelity: samples of the second half found by their prompt among those of the first, as by hand", async () => {
  const name = `fidelity(${ENCODER})`;
  const job = await measure({ metrics: [name] });
  expect(job.result).toMatchObject({ scored: (PROMPTS * K) / 2 });
  const rows = await features(lab.samples.map(({ sha256 }) => sha256));
  const [shown, asked] = [0, K / 2].map((from) =>
    Array.from({ length: PROMPTS }, (_, p) => rows.slice(p * K + from, p * K + from + K / 2)),
  ) as [Float32Array[][], Float32Array[][]];
  const means = shown.map((own) => Float64Array.from(own[0] ?? [], (_, j) => mean(own.map((row) => row[j] ?? 0))));
  const variance = Float64Array.from(means[0] ?? [], (_, j) =>
    mean(shown.flatMap((own, p) => own.map((row) => ((row[j] ?? 0) - (means[p]?.[j] ?? 0)) ** 2))),
  );
  const distance = (row: Float32Array, m: Float64Array) =>
    m.reduce((sum, x, j) => sum + (variance[j] === 0 ? 0 : ((row[j] ?? 0) - x) ** 2 / (variance[j] ?? 1)), 0);
  const hits = asked.flatMap((own, p) =>
    own.map((row) => {
      const distances = means.map((m) => distance(row, m));
      return distances.indexOf(Math.min(...distances)) === p ? 1 : 0;
    }),
  );
  const series = (await metricsOf()).find((metric) => metric.name === name);
  expect(series?.latest).toMatchObject({ value: expect.closeTo(mean(hits), 9), n: hits.length });
  expect(series?.provenance).toMatchObject({ referenceRound: lab.roundId, prompts: PROMPTS, samplesPerPrompt: K / 2 });
});

describe("by a scorer that compares two images", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "gan-rm-pairs-"));
    await writeTinyScorers(folder);
  });
  beforeEach(() => {
    vi.stubEnv("GANRM_SCORERS_DIR", folder);
    vi.stubEnv("GANRM_HUB_URL", "");
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("LPIPS of every two samples of a prompt, each image downloaded once, and nothing where all is recorded", {
    timeout: 120_000,
  }, async () => {
    const name = "diversity(lpips-alex)";
    const downloads = vi.spyOn(ApiClient.prototype, "download");
    expect((await measure({ metrics: [name] })).result).toMatchObject({ scored: PROMPTS * K });
    expect(downloads).toHaveBeenCalledTimes(PROMPTS * K);
    const series = (await metricsOf()).find((metric) => metric.name === name);
    expect(series?.provenance).toMatchObject({ scorer: "lpips-alex", samplesPerPrompt: K });

    const files = await Promise.all(
      lab.samples.map(async ({ sha256 }) => new Uint8Array(await client.download(sha256))),
    );
    const items = Array.from({ length: PROMPTS }, (_, p) => pairsOf(K).map(([i, j]) => [p * K + i, p * K + j])).flat();
    const engine = await ScorerEngine.open(["lpips-alex"]);
    const distances: number[] = [];
    for await (const { outcomes } of engine.score(
      // the other way round: LPIPS has no order
      items.map(([i = 0, j = 0]) => ({ key: `${i} ${j}`, media: files[j] ?? [], reference: files[i] })),
    )) {
      const outcome = outcomes.get("lpips-alex");
      if (outcome?.kind === "value") distances.push(outcome.value);
    }
    await engine.dispose();
    expect(distances).toHaveLength(PROMPTS * 6);
    expect(series?.latest.value).toBeCloseTo(mean(distances), 6);
    expect(series?.latest.low).toBeLessThan(mean(distances));

    downloads.mockClear();
    expect((await measure({ metrics: [name], resamples: 1 })).result).toMatchObject({ scored: 0 });
    expect(downloads).not.toHaveBeenCalled();
  });

  test("what is neither an encoder nor such a scorer ends the job by its name", async () => {
    await expect(measure({ metrics: ["diversity(mobilenet)"] })).rejects.toThrow(
      /^diversity\(mobilenet\): "mobilenet" is no encoder \(mobilenet-v2-mid.*compares no images \(.*lpips-alex/,
    );
    await server.db.query("delete from pgboss.job where name = 'MEASURE_ROUND'");
  });
});
