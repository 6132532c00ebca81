import { afterAll, beforeAll, expect, test } from "vitest";
import { RANK_SAMPLES } from "../../server/samples/sample.sql.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openExperiment } from "./open-experiment.ts";

let server: TestServer;
let model: string;

/** Rewards of three prompts: k = 0 is "ink", k = 1 is "paint"; prompt 2 has only ink. */
const REWARDS = [
  { promptPosition: 0, k: 0, label: "ink", score: 0.9 },
  { promptPosition: 0, k: 1, label: "paint", score: 0.1 },
  { promptPosition: 1, k: 0, label: "ink", score: 0.2 },
  { promptPosition: 1, k: 1, label: "paint", score: 0.6 },
  { promptPosition: 2, k: 0, label: "ink", score: 0.3 },
];

beforeAll(async () => {
  server = await startTestServer();
  const { roundId, sha256 } = await openExperiment(server, 3, 2);
  const samples = REWARDS.map(({ score: _, ...sample }) => ({ ...sample, artifactSha256: sha256 }));
  await server.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId, samples },
  });
  [{ id: model }] = await server.db.query(
    "insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed) values ($1, 'R', 'NAIVE', 'e', '{}', 0) returning id",
    [roundId],
  );
  const { data } = await server.ask(
    "query ($id: ID!) { round(id: $id) { samples { nodes { id promptPosition k } } } }",
    { id: roundId },
  );
  const scores = data.round.samples.nodes.map((sample: { id: string; promptPosition: number; k: number }) => ({
    sampleId: sample.id,
    logit: 0,
    score: REWARDS.find((r) => r.promptPosition === sample.promptPosition && r.k === sample.k)?.score,
  }));
  const { errors } = await server.ask("mutation ($input: LogScoresInput!) { logScores(input: $input) { inserted } }", {
    input: { rewardModelId: model, scores },
  });
  expect(errors).toBeUndefined();
});
afterAll(() => server.stop());

const OUTCOMES = `query ($id: ID!) { rewardModel(id: $id) {
  bestOfKByLabel { label prompts wins accuracy low high chance }
  rewardSummary { samples prompts mean low high bestMean } } }`;

test("nothing is picked until the samples are ranked; then every label stands beside its chance", async () => {
  const before = await server.ask(OUTCOMES, { id: model });
  expect(before.data.rewardModel.bestOfKByLabel).toEqual([]);
  await server.db.query(RANK_SAMPLES, [model]);
  const { data } = await server.ask(OUTCOMES, { id: model });
  // Prompt 2 has a single sample, so it chooses nothing. Each label won one of two prompts.
  expect(data.rewardModel.bestOfKByLabel.map(({ low, high, ...rest }: { low: number; high: number }) => rest)).toEqual([
    { label: "ink", prompts: 2, wins: 1, accuracy: 0.5, chance: 0.5 },
    { label: "paint", prompts: 2, wins: 1, accuracy: 0.5, chance: 0.5 },
  ]);
});

test("the mean reward counts prompts, not samples, and its interval is over prompts", async () => {
  const { data } = await server.ask(OUTCOMES, { id: model });
  const { samples, prompts, mean, low, high, bestMean } = data.rewardModel.rewardSummary;
  expect({ samples, prompts }).toEqual({ samples: 5, prompts: 3 });
  // Means 0.5, 0.4 and 0.3: mean 0.4, deviation 0.1, so the half width is 1.96 * 0.1 / sqrt(3).
  expect(mean).toBeCloseTo(0.4, 10);
  expect(low).toBeCloseTo(0.4 - 0.11316, 4);
  expect(high).toBeCloseTo(0.4 + 0.11316, 4);
  expect(bestMean).toBeCloseTo((0.9 + 0.6 + 0.3) / 3, 10);
});

test("experiments come in the order asked for, a page at a time", async () => {
  await openExperiment(server, 1, 2);
  await openExperiment(server, 1, 2);
  const page = async (orderBy: string, after?: string) => {
    const { data } = await server.ask(
      `query ($orderBy: ExperimentOrder, $after: String) { experiments(first: 2, orderBy: $orderBy, after: $after, status: RUNNING) {
        nodes { id name } pageInfo { endCursor } } }`,
      { orderBy, after },
    );
    return data.experiments;
  };
  const all = async (orderBy: string) => {
    const first = await page(orderBy);
    return [...first.nodes, ...(await page(orderBy, first.pageInfo.endCursor)).nodes] as { id: string; name: string }[];
  };
  const [newest, oldest, byName] = [await all("NEWEST"), await all("OLDEST"), await all("NAME")];
  expect(newest).toHaveLength(3);
  expect(oldest).toEqual([...newest].reverse());
  expect(byName.map(({ name }) => name)).toEqual(newest.map(({ name }) => name).sort());
  const { data } = await server.ask("{ experiments(status: DRAFT) { totalCount } }");
  expect(data.experiments.totalCount).toBe(0);
});
