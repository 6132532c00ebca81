import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import reference from "../fixtures/metrics/rank-correlations.fixture.json" with { type: "json" };
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { openExperiment } from "./open-experiment.ts";

interface Correlation {
  name: string;
  direction: string;
  provenance: object;
  rho: number | null;
  low: number | null;
  high: number | null;
  agreement: number | null;
  prompts: number;
  constantPrompts: number;
  rhoOfMeans: number | null;
  agreementOfMeans: number | null;
  promptStep: number;
}

const { prompts, k, metrics } = reference;
const FIELDS =
  "name direction provenance rho low high agreement prompts constantPrompts rhoOfMeans agreementOfMeans promptStep";

let server: TestServer;
let rewardModelId: string;
let correlations: Correlation[];

/** A round whose sample at place k of a prompt has rank K - k, and the fixture's metrics. */
beforeAll(async () => {
  server = await startTestServer();
  const { roundId, sha256 } = await openExperiment(server, prompts, k);
  const samples = Array.from({ length: prompts * k }, (_, i) => ({
    promptPosition: Math.floor(i / k),
    k: i % k,
    artifactSha256: sha256,
  }));
  const { data } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { round { samples(first: 100) { nodes { id } } } } }",
    { input: { roundId, samples } },
  );
  const ids: string[] = data.logSamples.round.samples.nodes.map(({ id }: { id: string }) => id);
  [{ id: rewardModelId }] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed) values ($1, 'R', 'NAIVE', 'x', '{}', 0) returning id`,
    [roundId],
  );
  await server.db.query(
    "insert into sample_scores (reward_model_id, sample_id, logit, score, rank) select $1, id, 0, 0.5, $3 - k from samples where round_id = $2",
    [rewardModelId, roundId, k],
  );
  for (const { name, direction, values } of metrics) {
    const rows = values.flatMap((row, prompt) =>
      row.flatMap((value, rank) => (value === null ? [] : [{ sampleId: ids[prompt * k + k - 1 - rank], value }])),
    );
    const { errors } = await server.ask(
      "mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }",
      { input: { roundId, name, direction, provenance: { by: name }, values: rows } },
    );
    if (errors) throw new Error(JSON.stringify(errors));
  }
  correlations = await ask();
});
afterAll(() => server?.stop());

async function ask(names?: string[]): Promise<Correlation[]> {
  const { data } = await server.ask(
    `query ($id: ID!, $names: [String!]) { rewardModel(id: $id) { rankCorrelations(metrics: $names) { ${FIELDS} } } }`,
    { id: rewardModelId, names },
    Role.VIEWER,
  );
  return data.rewardModel.rankCorrelations;
}

test.each(metrics)(
  "$name: SciPy's correlations, within prompts and of the ranks' means",
  ({ values: _, ...expected }) => {
    const found = correlations.find(({ name }) => name === expected.name);
    const { direction, prompts: counted, constantPrompts, ...numbers } = expected;
    expect(found).toMatchObject({ direction, prompts: counted, constantPrompts, provenance: { by: expected.name } });
    for (const field of ["rho", "low", "high", "rhoOfMeans"] as const)
      expect(found?.[field]).toBeCloseTo(numbers[field], 10);
  },
);

test("agreement is positive where the model prefers what the metric calls better, whichever way that is", () => {
  const of = (name: string) => correlations.find((one) => one.name === name);
  const [higher, lower] = [of("better where ranked first"), of("lower is better, and ranked first")];
  expect(higher?.rho).toBeLessThan(0);
  expect(lower?.rho).toBeGreaterThan(0);
  for (const one of [higher, lower]) {
    expect(one?.agreement).toBe(Math.abs(one?.rho ?? 0));
    expect(one?.agreementOfMeans).toBe(Math.abs(one?.rhoOfMeans ?? 0));
  }
});

test("all metrics come by one statement; some can be asked for", async () => {
  const statements = await statementsOf(server.db, () => ask());
  expect(statements).toHaveLength(2); // the model, its correlations
  expect((await ask(["many ties"])).map(({ name }) => name)).toEqual(["many ties"]);
});

test("of a round beyond 200,000 samples every p-th prompt is looked at, and p is said", async () => {
  expect(correlations.map(({ promptStep }) => promptStep)).toEqual(metrics.map(() => 1));
  const count = (samples: number) => server.db.query("update rounds set sample_count = $1", [samples]);
  await count(200_001);
  const half = await ask();
  await count(prompts * k);
  for (const { name, values } of metrics) {
    const found = half.find((one) => one.name === name);
    const evenPrompts = values.filter((row, prompt) => prompt % 2 === 0 && row.some((value) => value !== null));
    expect(found?.promptStep).toBe(2);
    expect((found?.prompts ?? 0) + (found?.constantPrompts ?? 0)).toBe(evenPrompts.length);
  }
});
