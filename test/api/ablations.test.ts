/** An ablation from the request to the table, on a small round, with real trainings. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { encodeAll, loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { tinyClip } from "../../server/ml/encoders/tiny-clip.ts";
import { scoreFeatures } from "../../server/ml/reward/score.ts";
import { readRewardMembers } from "../../server/ml/reward/weights-file.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { subscriberOf } from "../support/subscriber.ts";
import { type AblationRound, ablationRound } from "./ablation-round.ts";

const SETTINGS = {
  promptTag: "eval",
  negativePromptTag: "train",
  label: "stripes",
  hyperparameters: { steps: 12, batchSize: 8, warmupSteps: 2 },
};
const STRATEGIES = ["VOTING", "BOOTSTRAP", "NAIVE", "AVERAGE"];
const RUN = `mutation ($input: RunAblationInput!) { runAblation(input: $input) {
  ablation { id judgedPromptCount axes { strategies n k alpha m encoders } seeds progress { cells done failed } }
  jobs { id state } } }`;
const TABLE = `query ($id: ID!, $baseline: Int! = 0) { ablation(id: $id) { progress { cells done failed }
  cells { id state strategy k seed weights { sha256 } job { state } }
  table(baseline: $baseline) { publishedTable variedAxes baseline columns { name direction provenance }
    rows { position label strategy n k alpha m chance doneCount values { metric n mean sd low high bias best
      cells { cellId seed value n low high bias }
      difference { n mean low high verdict } differenceByPrompt { n mean low high verdict } } } } } }`;

let server: TestServer;
let client: ApiClient;
let round: AblationRound;

beforeAll(async () => {
  server = await startTestServer();
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  round = await ablationRound(server);
}, 300_000);
afterAll(() => server?.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
const ask = (query: string, variables: object): Promise<any> => client.ask(query, variables as Record<string, unknown>);
const run = async (name: string, input: object) =>
  (await ask(RUN, { input: { roundId: round.roundId, name, ...SETTINGS, ...input } })).runAblation;
const tableOf = async (id: string, baseline = 0) => (await ask(TABLE, { id, baseline })).ablation;

/** Runs whatever is queued. @returns artifacts that were downloaded, and how many jobs there were */
async function runAll(): Promise<{ downloads: string[]; jobs: number }> {
  const downloads: string[] = [];
  const download = ApiClient.prototype.download;
  ApiClient.prototype.download = function (this: ApiClient, sha256: string) {
    downloads.push(sha256);
    return download.call(this, sha256);
  };
  try {
    for (let jobs = 0; ; jobs++) {
      const [{ n }] = await server.db.query("select count(*)::int as n from jobs where state = 'QUEUED'");
      if (n === 0) return { downloads, jobs };
      await runNextJob(server);
    }
  } finally {
    ApiClient.prototype.download = download;
  }
}

test("table 4: rows in the paper's order, every cell with its numbers, no image encoded twice over the whole ablation", async () => {
  const { ablation, jobs } = await run("table 4", { strategies: STRATEGIES, seeds: [3, 4], keepWeights: true });
  expect(ablation).toMatchObject({
    judgedPromptCount: 16,
    seeds: [3, 4],
    axes: { strategies: ["NAIVE", "AVERAGE", "VOTING", "BOOTSTRAP"], n: [40], k: [4], m: [null] },
    progress: { cells: 8, done: 0, failed: 0 },
  });
  expect(jobs).toHaveLength(2);
  const { downloads, jobs: ran } = await runAll();
  expect(ran).toBe(2);
  const encoded = downloads.filter((hash) => round.images.has(hash));
  expect(round.samples).toBeGreaterThan(round.images.size);
  expect(new Set(encoded).size).toBe(encoded.length);
  expect(encoded.length).toBeGreaterThan(round.images.size * 0.9);

  const { table, cells, progress } = await tableOf(ablation.id);
  expect(progress).toEqual({ cells: 8, done: 8, failed: 0 });
  expect(table).toMatchObject({
    publishedTable: "table4_reward_model_ablation",
    variedAxes: ["STRATEGY"],
    baseline: 0,
  });
  expect(table.rows.map((row: { label: string }) => row.label)).toEqual(["Naive", "Average", "Voting", "Bootstrap"]);
  expect(table.columns.map((column: { name: string; direction: string }) => [column.name, column.direction])).toEqual([
    ["best-of-K accuracy", "HIGHER"],
    ["pick rate", "HIGHER"],
    ["FD(mobilenet-v2-mid)", "LOWER"],
    ["KID(mobilenet-v2-mid)", "LOWER"],
    ["held-out AUC", "HIGHER"],
    ["held-out accuracy", "HIGHER"],
    ["held-out ECE", "LOWER"],
    ["training seconds", "LOWER"],
  ]);
  for (const row of table.rows) {
    expect(row).toMatchObject({ doneCount: 2, chance: 0.25, n: 40, k: 4 });
    for (const value of row.values) {
      expect(value.cells.map((cell: { seed: number }) => cell.seed)).toEqual([3, 4]);
      expect([value.n, value.low <= value.mean, value.mean <= value.high]).toEqual([2, true, true]);
    }
    expect(row.values[0].cells[0].n).toBe(16);
    expect(row.values[0].difference?.n ?? null).toBe(row.position === 0 ? null : 2);
    expect(row.values[0].differenceByPrompt?.n ?? null).toBe(row.position === 0 ? null : 16);
    expect(row.values[4].differenceByPrompt).toBeNull();
  }
  for (const i of table.columns.keys())
    expect(table.rows.some((row: { values: { best: boolean }[] }) => row.values[i]?.best)).toBe(true);
  // All seeds share the round's images, the three strategies of one seed a training: weights are four files a seed.
  expect(new Set(cells.map((cell: { weights: { sha256: string } }) => cell.weights.sha256)).size).toBe(8);
}, 600_000);

/** The samples of the judged prompts with their scores by kept weights, encoded anew. */
async function scoredAnew(weightsSha256: string): Promise<{ position: number; k: number; logit: number }[]> {
  const samples: { sha256: string; position: number; k: number }[] = await server.db.query(
    `select s.artifact_sha256 as sha256, s.prompt_position as position, s.k from samples s join prompts p on p.id = s.prompt_id
     where s.round_id = $1 and 'eval' = any(p.tags) order by s.prompt_position, s.k`,
    [round.roundId],
  );
  const encoder = await loadEncoder("mobilenet-v2-mid", { provider: "cpu" });
  const images = await Promise.all(
    samples.map(async ({ sha256 }) => ({ key: sha256, bytes: new Uint8Array(await client.download(sha256)) })),
  );
  const { features } = await encodeAll(encoder, images);
  await encoder.dispose();
  const members = readRewardMembers(new Uint8Array(await client.download(weightsSha256)));
  const { logits } = await scoreFeatures(members, features);
  return samples.map(({ position, k }, i) => ({ position, k, logit: logits[i] ?? Number.NaN }));
}

test("the kept weights of a model pick what is recorded of it, and the accuracy is that of these picks", async () => {
  const [cell] = await server.db.query(
    `select c.picks, c.weights_sha256 as weights, a.judged_positions as judged, p.value as accuracy,
       (select count(*)::int from unnest(a.judged_positions, c.picks) as t(position, k)
        join samples s on s.round_id = a.round_id and s.prompt_position = t.position and s.k = t.k and s.label = a.label) as right
     from ablation_cells c join ablations a on a.id = c.ablation_id
     join metric_series m on m.subject_id = c.id and m.name = 'best-of-K accuracy' join metric_points p on p.series_id = m.id
     where a.name = 'table 4' and c.strategy = 'NAIVE' order by c.position limit 1`,
  );
  const byPrompt = Map.groupBy(await scoredAnew(cell.weights), (sample) => sample.position);
  const best = (position: number) =>
    (byPrompt.get(position) ?? []).reduce((leader, sample) => (sample.logit > leader.logit ? sample : leader)).k;
  expect(cell.judged.map(best)).toEqual(cell.picks);
  expect(cell.accuracy).toBeCloseTo(cell.right / 16, 12);
});

test("a metric of single samples becomes a column: its mean over the picks of each cell", async () => {
  const [ablation] = await server.db.query("select id from ablations where name = 'table 4'");
  const samples = await server.db.query(
    "select id, k, prompt_position as position from samples order by prompt_position, k",
  );
  const values = samples.map(({ id, k }: { id: string; k: number }) => ({ sampleId: id, value: k * k }));
  await ask("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
    input: { roundId: round.roundId, name: "CLIPScore", direction: "HIGHER", provenance: { by: "test" }, values },
  });
  const { table } = await tableOf(ablation.id);
  expect(table.columns[4]).toEqual({ name: "CLIPScore", direction: "HIGHER", provenance: { by: "test" } });
  const stored = await server.db.query("select picks from ablation_cells where ablation_id = $1 order by position", [
    ablation.id,
  ]);
  const means = stored.map(({ picks }: { picks: number[] }) => picks.reduce((sum, k) => sum + k * k, 0) / picks.length);
  const shown = table.rows.flatMap(
    (row: { values: { cells: { value: number; n: number; low: number }[] }[] }) => row.values[4]?.cells,
  );
  for (const [i, cell] of shown.entries()) {
    expect(cell.n).toBe(16);
    expect(cell.value).toBeCloseTo(means[i], 12);
    expect(cell.low).toBeLessThan(cell.value);
  }
});

test("table 8: all K share a model; N and K rise whatever order they were asked in", async () => {
  const { ablation, jobs } = await run("tables 7 and 8", {
    strategies: ["NAIVE"],
    k: [4, 2, 3],
    n: [40, 20],
    seeds: [1],
    keepWeights: true,
  });
  expect(jobs).toHaveLength(2);
  await runAll();
  const { table, cells } = await tableOf(ablation.id, 3);
  expect(table.publishedTable).toBeNull();
  expect(table.rows.map((row: { label: string }) => row.label)).toEqual([
    "N=20, K=2",
    "N=20, K=3",
    "N=20, K=4",
    "N=40, K=2",
    "N=40, K=3",
    "N=40, K=4",
  ]);
  const weights = cells.map((cell: { weights: { sha256: string } }) => cell.weights.sha256);
  expect(new Set(weights).size).toBe(2);
  expect(weights.slice(0, 3)).toEqual([weights[0], weights[0], weights[0]]);
  // With K = 2 half of the prompts offer the label, and picking at random is right for half of those.
  expect(table.rows[0].chance).toBe(0.5);
  expect(table.rows[0].values[0].cells[0].n).toBe(8);
  expect(table.rows[0].values[1].cells[0].n).toBe(16);
  expect(table.rows[5].values[0].differenceByPrompt.n).toBe(8);
  expect(table.rows[5].values[1].differenceByPrompt.n).toBe(16);
  // One seed is no evidence of anything.
  expect(table.rows[0].values[0]).toMatchObject({ n: 1, sd: null, low: null });
  expect(table.rows[5].values[0].difference).toMatchObject({ n: 1, low: null, verdict: "NO_EVIDENCE" });
}, 400_000);

test("the same name and input gives the ablation that is there and trains nothing again; other input is refused", async () => {
  const input = { strategies: ["BOOTSTRAP"], alpha: [0.5, 2], m: [4], seeds: [7] };
  const first = await run("again", input);
  await runAll();
  const again = await run("again", input);
  expect(again.ablation.id).toBe(first.ablation.id);
  expect(again.jobs).toEqual([{ id: first.jobs[0].id, state: "SUCCEEDED" }]);
  expect((await runAll()).jobs).toBe(0);
  await expect(run("again", { ...input, seeds: [8] })).rejects.toThrow(/other seeds/);
  const { table } = await tableOf(first.ablation.id);
  expect(table.variedAxes).toEqual(["ALPHA"]);
  expect(table.rows.map((row: { label: string; m: number }) => [row.label, row.m])).toEqual([
    ["alpha=0.5", 4],
    ["alpha=2", 4],
  ]);
}, 400_000);

test("cancelled, its cells have failed; asked for again, they are made", async () => {
  const input = { strategies: ["NAIVE"], seeds: [1, 2] };
  const { ablation, jobs } = await run("cancelled", input);
  await ask("mutation ($id: ID!) { cancelAblation(id: $id) { ablation { id } } }", { id: ablation.id });
  const { progress, cells } = await tableOf(ablation.id);
  expect(progress).toEqual({ cells: 2, done: 0, failed: 2 });
  expect(cells[0]).toMatchObject({ state: "FAILED", job: { state: "CANCELLED" } });
  const again = await run("cancelled", input);
  expect(again.jobs.map((job: { id: string }) => job.id)).not.toEqual(jobs.map((job: { id: string }) => job.id));
  expect(again.ablation.progress).toEqual({ cells: 2, done: 0, failed: 0 });
  const subscriber = subscriberOf(server.url, { token: server.tokens.VIEWER });
  const updates = subscriber.subscribe(
    "subscription ($id: ID!) { ablationUpdated(id: $id) { progress { cells done failed } } }",
    { id: ablation.id },
  );
  expect((await updates.next()).data.ablationUpdated.progress).toEqual({ cells: 2, done: 0, failed: 0 });
  await runAll();
  await updates.next(({ data }) => data.ablationUpdated.progress.done === 2);
  await subscriber.close();
  expect((await tableOf(ablation.id)).progress).toEqual({ cells: 2, done: 2, failed: 0 });
}, 400_000);

test("two encoders: rows grouped by encoder, each with the distances of its own features, models of the other's untouched", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "gan-rm-clip-"));
  await writeFile(path.join(folder, "clip.onnx"), tinyClip());
  vi.stubEnv("GANRM_CLIP_MODEL", path.join(folder, "clip.onnx"));
  try {
    const input = {
      strategies: ["NAIVE", "AVERAGE"],
      seeds: [1, 2],
      n: [16],
      encoders: ["clip-vit-b32", "mobilenet-v2-mid"],
    };
    const { ablation, jobs } = await run("encoders", input);
    expect(jobs).toHaveLength(4); // a base run for each encoder and seed
    expect((await runAll()).jobs).toBe(4);
    const { table, progress } = await tableOf(ablation.id);
    expect(progress).toEqual({ cells: 8, done: 8, failed: 0 });
    expect(table.variedAxes).toEqual(["ENCODER", "STRATEGY"]);
    expect(table.publishedTable).toBeNull();
    expect(table.rows.map((row: { label: string }) => row.label)).toEqual([
      "clip-vit-b32, Naive",
      "clip-vit-b32, Average",
      "mobilenet-v2-mid, Naive",
      "mobilenet-v2-mid, Average",
    ]);
    const means = (name: string) => {
      const column = table.columns.findIndex((one: { name: string }) => one.name === name);
      return table.rows.map(({ values }: { values: { n: number; mean: number | null }[] }) => values[column]?.n);
    };
    // a distance on one encoder's features is a column of its own, empty in the other's rows
    expect(means("FD(clip-vit-b32)")).toEqual([2, 2, 0, 0]);
    expect(means("FD(mobilenet-v2-mid)")).toEqual([0, 0, 2, 2]);
    expect(means("best-of-K accuracy")).toEqual([2, 2, 2, 2]);
    const fd = table.columns.find((one: { name: string }) => one.name === "FD(clip-vit-b32)");
    expect(fd.provenance).toMatchObject({ encoder: "clip-vit-b32", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    for (const row of table.rows) {
      const accuracy = row.values.find((value: { metric: string }) => value.metric === "best-of-K accuracy");
      expect(accuracy.mean).toBeGreaterThanOrEqual(0);
      expect(accuracy.mean).toBeLessThanOrEqual(1);
    }
    const alone = await run("one of the two", { ...input, encoders: ["mobilenet-v2-mid"] });
    await runAll();
    const { table: own } = await tableOf(alone.ablation.id);
    const numbers = (row: { values: { metric: string; cells: { value: number }[] }[] }) =>
      row.values
        .filter(({ metric, cells }) => cells.length > 0 && metric !== "training seconds")
        .map(({ metric, cells }) => [metric, cells.map(({ value }) => value)]);
    expect(own.rows.map(numbers)).toEqual(table.rows.slice(2).map(numbers));
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
}, 400_000);

test("without a label nothing is said of accuracy, and without tags the held-out prompts are judged", async () => {
  const { ablation } = await run("no label", {
    label: null,
    promptTag: null,
    negativePromptTag: null,
    seeds: [1],
    n: [16],
    k: [2],
  });
  expect(ablation.judgedPromptCount).toBeGreaterThan(4);
  expect(ablation.judgedPromptCount).toBeLessThan(30);
  await runAll();
  const { table } = await tableOf(ablation.id);
  expect(table.columns[0].name).toBe("FD(mobilenet-v2-mid)");
  expect(table.rows[0]).toMatchObject({ chance: null, label: "Bootstrap" });
}, 400_000);

test("a round that has got samples since is another question: the job says so", async () => {
  const { ablation, jobs } = await run("changed", { seeds: [1] });
  const [{ sha }] = await server.db.query("select artifact_sha256 as sha from samples limit 1");
  await ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId: round.roundId, samples: [{ promptPosition: 0, k: 3, artifactSha256: sha }] },
  });
  await expect(runNextJob(server)).rejects.toThrow(/had 144 samples when the ablation was asked for and has 145 now/);
  expect(ablation.id).toBeDefined();
  await server.services.jobs.cancel(jobs[0].id);
  await server.db.query("delete from samples where prompt_position = 0 and k = 3");
  await server.db.query("update rounds set sample_count = 144");
}, 60_000);

test("any number of ablations and their cells cost a fixed number of statements", async () => {
  const query = `query ($id: ID!) { round(id: $id) { ablations { name progress { done } cells { state job { state } weights { sha256 } } } } }`;
  const statements = await statementsOf(server.db, () => ask(query, { id: round.roundId }));
  const asked = statements.filter(({ sql }) => /^\s*select/i.test(sql) && !/api_tokens|sessions|users/.test(sql));
  expect(asked.length).toBeLessThanOrEqual(6);
});
