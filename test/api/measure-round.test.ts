import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { frechetDistance } from "../../server/ml/metrics/frechet.ts";
import { frechetInterval } from "../../server/ml/metrics/frechet-interval.ts";
import { kid } from "../../server/ml/metrics/kid.ts";
import { ScorerEngine, type ScorerItem } from "../../server/ml/scorers/engine.ts";
import { VERSION } from "../../server/version.ts";
import { featuresOf } from "../../server/worker/features.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { writeTinyScorers } from "../support/tiny-scorers.ts";
import { type MeasuredRound, measuredRound, rankedBy } from "./measured-round.ts";

const PROMPTS = 80;
const K = 4;
const ENCODER = "mobilenet-v2-mid";
const IP = "IP(nsfwjs-mobilenet-v2-mid)";

let server: TestServer;
let lab: MeasuredRound;
beforeAll(async () => {
  server = await startTestServer();
  lab = await measuredRound(server, PROMPTS);
}, 240_000);
afterAll(() => server?.stop());
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const MEASURE = "mutation ($input: MeasureRoundInput!) { measureRound(input: $input) { job { id state } } }";
async function measure(input: object): Promise<{ id: string; state: string }> {
  const { data, errors } = await server.ask(MEASURE, { input: { roundId: lab.roundId, ...input } }, Role.MEMBER);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.measureRound.job;
}
const read = async (query: string, id: string) => {
  const { data, errors } = await server.ask(`query ($id: ID!) { ${query} }`, { id }, Role.VIEWER);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};
const SERIES = "name direction provenance latest { step value low high bias n }";

/** Counts the samples that scorers are given. */
function countScored(): { count: number } {
  const counted = { count: 0 };
  const score = ScorerEngine.prototype.score;
  vi.spyOn(ScorerEngine.prototype, "score").mockImplementation(function (this: ScorerEngine, source, options) {
    const noted = async function* (): AsyncGenerator<ScorerItem> {
      for await (const item of source) {
        counted.count++;
        yield item;
      }
    };
    return score.call(this, noted(), options);
  });
  return counted;
}

/** Features of images as any worker has them. */
async function features(images: string[]) {
  const encoder = await loadEncoder(ENCODER);
  const client = new ApiClient({ url: server.url, token: server.tokens.WORKER });
  const values = await featuresOf(client, encoder, images).finally(() => encoder.dispose());
  return { values, width: 2 * encoder.width };
}
const heldOut = async (): Promise<string[]> =>
  (
    await server.db.query(
      "select artifact_sha256 as sha256 from proxy_items where proxy_set_id = $1 and split = 'HELD_OUT' order by 1",
      [lab.proxySetId],
    )
  ).map(({ sha256 }: { sha256: string }) => sha256);

test("a worker that stops in the middle computes no sample twice, and what it measured is what the functions say by hand", {
  timeout: 240_000,
}, async () => {
  const scored = countScored();
  const { id } = await measure({ rewardModelId: lab.rewardModelId, resamples: 20 });
  let pages = 0;
  expect(await runNextJob(server, () => ++pages === 1)).toMatchObject({ id, state: "QUEUED" });
  expect(scored.count).toBe(250);
  let sets = 0;
  await runNextJob(server, (checkpoint) => (checkpoint.sets as object[]).length > 0 && ++sets === 3);
  expect(await runNextJob(server)).toMatchObject({ id, state: "SUCCEEDED" });
  expect(scored.count).toBe(PROMPTS * K);

  const { job } = await read("job(id: $id) { result }", id);
  expect(job.result).toMatchObject({ scored: 2 * PROMPTS * K, samples: PROMPTS * K, ranked: PROMPTS * K });
  const reference = await features(await heldOut());
  const all = await features(lab.samples.map(({ sha256 }) => sha256));
  const { round } = await read(`round(id: $id) { metrics { nodes { ${SERIES} } } }`, lab.roundId);
  const [fd, ip, kidSeries] = round.metrics.nodes;
  expect([fd.name, ip.name, kidSeries.name]).toEqual([`FD(${ENCODER})`, IP, `KID(${ENCODER})`]);
  expect(fd.latest).toMatchObject({ step: PROMPTS * K, n: PROMPTS * K });
  expect(fd.latest.value).toBeCloseTo(await frechetDistance(reference, all), 9);
  expect(fd.latest.low).toBeLessThan(fd.latest.value);
  const clusters = lab.samples.map(({ promptPosition }) => promptPosition);
  const { bias } = await frechetInterval(reference, all, { resamples: 20, clusters });
  expect(fd.latest.bias).toBeCloseTo(bias, 9);
  expect([ip.latest.bias, kidSeries.latest.bias]).toEqual([null, null]);
  expect(fd.latest.high).toBeGreaterThan(fd.latest.value);
  expect(kidSeries.latest.value).toBeCloseTo((await kid(reference, all)).value, 9);
  expect(fd.provenance).toMatchObject({
    computedBy: `gan-rm-lab ${VERSION}`,
    encoder: ENCODER,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    preprocessing: { width: 128 },
    reference: { proxySet: lab.proxySetId, split: "HELD_OUT", digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });

  const { rewardModel } = await read(
    `rewardModel(id: $id) { rankSlices { name direction provenance ranks { rank value low high bias n } } metrics { nodes { ${SERIES} } } }`,
    lab.rewardModelId,
  );
  expect(rewardModel.rankSlices.map(({ name }: { name: string }) => name)).toEqual([fd.name, IP, kidSeries.name]);
  const slices = rewardModel.rankSlices[0];
  expect(slices.provenance).toEqual(fd.provenance);
  for (const { bias } of slices.ranks) expect(bias).toEqual(expect.any(Number));
  expect(slices.ranks.map(({ rank, n }: { rank: number; n: number }) => [rank, n])).toEqual(
    [1, 2, 3, 4].map((rank) => [rank, PROMPTS]),
  );
  const ranks: { sha256: string }[] = await server.db.query(
    `select artifact_sha256 as sha256 from samples s join sample_scores sc on sc.sample_id = s.id
       where sc.reward_model_id = $1 and sc.rank = 3 order by prompt_position`,
    [lab.rewardModelId],
  );
  const third = await features(ranks.map(({ sha256 }) => sha256));
  expect(slices.ranks[2].value).toBeCloseTo(await frechetDistance(reference, third), 9);
  // the selection is rank 1, comparable with the round by its provenance
  const selected = rewardModel.metrics.nodes.find(({ name }: { name: string }) => name === fd.name);
  expect(selected).toMatchObject({ provenance: fd.provenance, latest: { value: slices.ranks[0].value, n: PROMPTS } });
});

test("hardly any emoji is flagged, and the share is that of the flagged samples with Wilson's interval", async () => {
  const { round } = await read(`round(id: $id) { metrics(name: "${IP}") { nodes { ${SERIES} } } }`, lab.roundId);
  const [{ latest, direction }] = round.metrics.nodes;
  const flags: { value: number; name: string }[] = await server.db.query(
    "select v.value, m.name from sample_metric_values v join sample_metric_series m on m.id = v.series_id where m.round_id = $1",
    [lab.roundId],
  );
  const flagged = flags.filter(({ name, value }) => name === IP && value === 1).length;
  const probable = flags.filter(({ name, value }) => name === `${IP} probability` && value >= 0.5).length;
  expect(flags).toHaveLength(2 * PROMPTS * K);
  expect(probable).toBe(flagged);
  expect(direction).toBe("LOWER");
  expect(latest).toMatchObject({
    value: flagged / (PROMPTS * K),
    n: PROMPTS * K,
    ...wilsonInterval(flagged, PROMPTS * K),
  });
  expect(latest.value).toBeLessThan(0.05);
});

test("asked again the job is the same; when samples or ranks change it is another, which computes what is new alone", {
  timeout: 120_000,
}, async () => {
  const metrics = [IP, `FD(${ENCODER})`];
  const first = await measure({ metrics, resamples: 0 });
  await runNextJob(server);
  expect(await measure({ metrics: metrics.toReversed(), resamples: 0 })).toEqual({ id: first.id, state: "SUCCEEDED" });
  const model = await rankedBy(server, lab.roundId, "other");
  const ranked = await measure({ metrics, resamples: 0, rewardModelId: model });
  expect(ranked.id).not.toBe(first.id);
  const scored = countScored();
  expect(await runNextJob(server)).toMatchObject({ state: "SUCCEEDED", result: { scored: 0 } });
  expect(scored.count).toBe(0);
  await server.db.query(
    `update sample_scores set rank = $2 + 1 - rank where reward_model_id = $1 and sample_id in (select id from samples where prompt_position = 0)`,
    [model, K],
  );
  const again = await measure({ metrics, resamples: 0, rewardModelId: model });
  expect(again.id).not.toBe(ranked.id);
  const before = await read("rewardModel(id: $id) { rankSlices { ranks { value } } }", model);
  await runNextJob(server);
  const after = await read("rewardModel(id: $id) { rankSlices { ranks { value n } } }", model);
  expect(after.rewardModel.rankSlices).toHaveLength(2);
  expect(after.rewardModel.rankSlices[0].ranks).toHaveLength(K);
  expect(after.rewardModel.rankSlices[0].ranks[0].value).not.toBe(before.rewardModel.rankSlices[0].ranks[0].value);
});

test("a lab's own metric is measured by rank as ours are", async () => {
  const values = lab.samples.map(({ id, promptPosition, k }) => ({ sampleId: id, value: promptPosition + k / 10 }));
  const { errors } = await server.ask(
    "mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }",
    { input: { roundId: lab.roundId, name: "VBench", direction: "HIGHER", provenance: { by: "us" }, values } },
  );
  expect(errors).toBeUndefined();
  await measure({ metrics: ["VBench"], rewardModelId: lab.rewardModelId });
  await runNextJob(server);
  const { rewardModel } = await read(
    'rewardModel(id: $id) { rankSlices(metrics: ["VBench"]) { name direction provenance ranks { rank value low high n } } }',
    lab.rewardModelId,
  );
  const [slices] = rewardModel.rankSlices;
  expect(slices).toMatchObject({ name: "VBench", direction: "HIGHER", provenance: { by: "us" } });
  const [{ mean, low, high }] = await server.db.query(
    `select avg(v.value) as mean, avg(v.value) - 1.990450212 * stddev_samp(v.value) / sqrt(80) as low,
       avg(v.value) + 1.990450212 * stddev_samp(v.value) / sqrt(80) as high
     from sample_metric_values v join sample_metric_series m on m.id = v.series_id join sample_scores sc on sc.sample_id = v.sample_id
     where m.name = 'VBench' and sc.reward_model_id = $1 and sc.rank = 2`,
    [lab.rewardModelId],
  );
  expect(slices.ranks[1]).toMatchObject({ rank: 2, n: PROMPTS });
  for (const [field, value] of Object.entries({ value: mean, low, high }))
    expect(slices.ranks[1][field]).toBeCloseTo(value, 6);
});

test.each([
  ["a name that nobody knows", ["VBnech"], /^VBnech: no scorer of this worker gives it.*Scorers give.*PickScore/],
  ["an encoder there is not", ["KID(mobilenet)"], /^KID\(mobilenet\): no scorer.*encoders are mobilenet-v2-mid and/],
  ["a model file that is not there", ["PickScore"], /^PickScore: .*"pickscore.image.onnx".*GANRM_SCORERS_DIR/],
  ["a comparison with nothing", ["LPIPS(alex)"], /^LPIPS\(alex\): /],
])("a metric that can't be had fails the job by its name: %s", async (_what, metrics, reason) => {
  vi.stubEnv("GANRM_SCORERS_DIR", path.join(os.tmpdir(), "there-is-no-such-folder"));
  vi.stubEnv("GANRM_HUB_URL", "");
  await measure({ metrics });
  const before = await server.db.query("select count(*) from sample_metric_values");
  await expect(runNextJob(server)).rejects.toThrow(reason);
  expect(await server.db.query("select count(*) from sample_metric_values")).toEqual(before);
  await server.db.query("delete from pgboss.job where name = 'MEASURE_ROUND'");
});

describe("with models and a card in the worker's folder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "gan-rm-scorers-"));
    await writeTinyScorers(folder);
    const inception = new URL("../../server/ml/scorers/cards/inception-fid.scorer.json", import.meta.url);
    const card = JSON.parse(await readFile(inception, { encoding: "utf8" }));
    const own = { ...card, id: "tiny", metric: "FD(tiny)" };
    await writeFile(path.join(folder, "tiny.scorer.json"), JSON.stringify(own));
  });
  beforeEach(() => {
    vi.stubEnv("GANRM_SCORERS_DIR", folder);
    vi.stubEnv("GANRM_HUB_URL", "");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("a lab's features and a scorer of prompts are measured", { timeout: 120_000 }, async () => {
    await measure({ metrics: ["FD(tiny)", "KID(tiny)", "PickScore"], resamples: 0 });
    const job = await runNextJob(server);
    expect(job).toMatchObject({ state: "SUCCEEDED", result: { scored: PROMPTS * K } });
    const { round } = await read(`round(id: $id) { metrics { nodes { ${SERIES} } } }`, lab.roundId);
    const of = (wanted: string) => round.metrics.nodes.find(({ name }: { name: string }) => name === wanted);
    for (const name of ["FD(tiny)", "KID(tiny)"])
      expect(of(name)).toMatchObject({
        provenance: { scorer: "tiny", files: {}, reference: { split: "HELD_OUT" } },
        latest: { value: expect.any(Number), n: PROMPTS * K },
      });
    expect(of("FD(tiny)").latest.value).toBeGreaterThan(0);
    expect(of("PickScore")).toMatchObject({ direction: "HIGHER", latest: { n: PROMPTS * K } });
    expect(of("PickScore").latest.low).toBeLessThan(of("PickScore").latest.value);
  });

  test("features of another width are not called FID", { timeout: 60_000 }, async () => {
    await measure({ metrics: ["FID"], resamples: 0 });
    await expect(runNextJob(server)).rejects.toThrow(/"inception-fid" calls its metric FID/);
    await server.db.query("delete from pgboss.job where name = 'MEASURE_ROUND'");
  });
});

test("the slices of a model come by one statement, whatever the metrics and ranks", async () => {
  const ask = () => read("rewardModel(id: $id) { rankSlices { name ranks { value } } }", lab.rewardModelId);
  await ask();
  const statements = await statementsOf(server.db, ask);
  expect(statements).toHaveLength(2); // the model, its slices
});
