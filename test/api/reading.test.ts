import { parse, print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { EXPERIMENTS } from "../../web/features/experiments/ExperimentList.graphql.ts";
import { EXPERIMENT, ROUND_OUTCOMES } from "../../web/features/experiments/ExperimentPage.graphql.ts";
import { JOBS } from "../../web/features/jobs/JobList.graphql.ts";
import {
  PREFERRED_SAMPLES,
  REWARD_MODEL,
  REWARD_MODEL_METRICS,
} from "../../web/features/reward-models/RewardModelPage.graphql.ts";
import { PROMPT_ROWS, ROUND } from "../../web/features/rounds/RoundPage.graphql.ts";
import {
  type Sql,
  seedExperiment,
  seedRewardModel,
  seedRound,
  seedScoredSamples,
  seedSeries,
} from "../support/seeds.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { readingOf, type Statement, statementsOf } from "../support/statements.ts";

const FEW = 5;
const MANY = 50;
const PROMPTS = 10_000;
const K = 10;

interface Scored {
  roundId: string;
  modelId: string;
}

let server: TestServer;
let sql: Sql;
/** A round of 100,000 scored samples. */
let large: Scored;
/** Experiments with that many rounds, each with a scored round's reward model. */
const experiments = new Map<number, { id: string; scored: Scored }>();

beforeAll(async () => {
  server = await startTestServer();
  sql = (statement, values) => server.db.query(statement, values);
  for (const rounds of [FEW, MANY]) experiments.set(rounds, await experimentOf(rounds));
  for (let i = experiments.size; i < MANY; i++) await experimentOf(1);
  await sql(
    `insert into jobs (kind, natural_key, state, input)
     select 'score-samples', i::text, 'SUCCEEDED', '{}' from generate_series(1, $1::int) i`,
    [MANY],
  );
  const experiment = await seedExperiment(sql, PROMPTS, K);
  const roundId = await seedRound(sql, experiment);
  large = { roundId, modelId: await seedRewardModel(sql, roundId, 1000) };
  await seedScoredSamples(sql, experiment, large);
  await sql("analyze");
});
afterAll(() => server?.stop());

/** An experiment with that many rounds of two scored prompts each; the last round's model has as many series as rounds. */
async function experimentOf(rounds: number): Promise<{ id: string; scored: Scored }> {
  const experiment = await seedExperiment(sql, 2, K);
  let scored: Scored = { roundId: "", modelId: "" };
  for (let i = 0; i < rounds; i++) {
    const roundId = await seedRound(sql, experiment);
    scored = { roundId, modelId: await seedRewardModel(sql, roundId, 10) };
    await seedScoredSamples(sql, experiment, scored);
    await measure(scored, 2);
  }
  for (let i = 1; i < rounds; i++)
    await seedSeries(sql, { subject: "REWARD_MODEL", subjectId: scored.modelId, name: `metric ${i}`, points: 10 });
  return { id: experiment.experimentId, scored };
}

/** Metrics of every rank of a model, and of every sample of its round. */
async function measure({ roundId, modelId }: Scored, metrics: number): Promise<void> {
  await sql(
    `insert into metric_series (subject, subject_id, name, direction, provenance_key)
     select 'RANK_SLICE', $1, 'm' || i, 'LOWER', '' from generate_series(1, $2::int) i`,
    [modelId, metrics],
  );
  await sql(
    `insert into metric_points (series_id, step, value, n, low, high)
     select id, rank, rank, 2, 0, 9 from metric_series, generate_series(1, $2::int) rank where subject = 'RANK_SLICE' and subject_id = $1`,
    [modelId, K],
  );
  await sql(
    `insert into sample_metric_series (round_id, name, direction, provenance_key)
     select $1, 'm' || i, 'LOWER', '' from generate_series(1, $2::int) i`,
    [roundId, metrics],
  );
  await sql(
    `insert into sample_metric_values (series_id, sample_id, value)
     select m.id, s.id, s.k from sample_metric_series m join samples s on s.round_id = m.round_id where m.round_id = $1`,
    [roundId],
  );
}

/** The statements of one query of a viewer who was seen a moment ago. @throws Error when it fails */
async function statementsFor(document: string, variables: Record<string, unknown>) {
  const ask = async () => {
    const answer = await server.ask(document, variables, Role.VIEWER);
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data;
  };
  const data = await ask();
  return { data, statements: await statementsOf(server.db, ask) };
}

const MEASURES = parse(`query ($id: ID!) { experiment(id: $id) { rounds { sampleMetrics { name }
  rewardModels { rankSlices { name ranks { rank value low high n } } rankCorrelations { name rho agreement } } } } }`);

const ofRounds = (size: number) => experiments.get(size) ?? { id: "", scored: { roundId: "", modelId: "" } };

test.each([
  ["the experiments", EXPERIMENTS, (first: number) => ({ first }), "experiments.nodes"],
  ["the jobs", JOBS, (first: number) => ({ first }), "jobs.nodes"],
  ["an experiment's rounds", EXPERIMENT, (size: number) => ({ id: ofRounds(size).id }), "experiment.rounds"],
  ["what the rounds came to", ROUND_OUTCOMES, (size: number) => ({ id: ofRounds(size).id }), "experiment.rounds"],
  [
    "a reward model's metrics",
    REWARD_MODEL_METRICS,
    (size: number) => ({ id: ofRounds(size).scored.modelId, buckets: 100 }),
    "rewardModel.metrics.nodes",
  ],
  [
    "a reward model among those of other rounds",
    REWARD_MODEL,
    (size: number) => ({ id: ofRounds(size).scored.modelId }),
    "rewardModel.round.experiment.rounds",
  ],
  [
    "the samples at both ends of the rewards",
    PREFERRED_SAMPLES,
    (n: number) => ({ round: large.roundId, model: large.modelId, n }),
    "round.most.nodes",
  ],
  [
    "metrics of every rank and sample of the rounds",
    MEASURES,
    (size: number) => ({ id: ofRounds(size).id }),
    "experiment.rounds",
  ],
  ["a round among others", ROUND, (size: number) => ({ id: ofRounds(size).scored.roundId }), "round.experiment.rounds"],
  [
    "a page of prompts with their samples and scores",
    PROMPT_ROWS,
    (first: number) => ({ id: large.roundId, model: large.modelId, first }),
    "round.promptRows.nodes",
  ],
] as const)("%s take as many statements for fifty as for five", async (_what, document, variables, list) => {
  const few = await statementsFor(print(document), variables(FEW));
  const many = await statementsFor(print(document), variables(MANY));
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  const length = (data: any) => list.split(".").reduce((at, key) => at[key], data).length;
  expect([length(few.data), length(many.data)]).toEqual([FEW, MANY]);
  const texts = ({ statements }: { statements: Statement[] }) =>
    statements.map(({ sql }) => sql.replace(/limit \d+/g, ""));
  expect(texts(many)).toEqual(texts(few));
});

test("a round of which only its id and a page are asked is not looked up by itself, unless the page is empty", async () => {
  const ask = async (id: string, search: string | null) => {
    const { data, statements } = await statementsFor(print(PROMPT_ROWS), {
      id,
      model: large.modelId,
      first: FEW,
      search,
    });
    const looked = statements.filter(({ sql }) => /from "rounds" t where/.test(sql));
    return { round: data.round, lookedUp: looked.length };
  };
  const page = await ask(large.roundId, null);
  expect(page.lookedUp).toBe(0);
  expect(page.round.id).toBe(large.roundId);
  expect(page.round.promptRows.nodes).toHaveLength(FEW);
  const empty = await ask(large.roundId, "no prompt says this");
  expect(empty.lookedUp).toBe(1);
  expect(empty.round).toMatchObject({ id: large.roundId, promptRows: { nodes: [] } });
  const unknown = await ask(large.modelId, null);
  expect(unknown).toEqual({ round: null, lookedUp: 1 });
});

const SAMPLES = `query ($id: ID!, $model: ID, $order: SampleOrder, $after: String, $rewards: RewardFilter) { round(id: $id) {
  samples(first: 25, rewardModelId: $model, orderBy: $order, after: $after, rewards: $rewards) {
    nodes { id } pageInfo { endCursor } } } }`;
const cursor = (...values: (string | number)[]) =>
  Buffer.from(JSON.stringify(values.map(String))).toString("base64url");

const like = (rewards: object) => ({ rewardModelId: large.modelId, ...rewards });

test.each([
  ["the first page of prompts", print(PROMPT_ROWS), () => ({ first: 25 })],
  ["page 300 of prompts", print(PROMPT_ROWS), () => ({ first: 25, after: cursor("prompts", 7474) })],
  ["the last page of prompts", print(PROMPT_ROWS), () => ({ last: 25 })],
  ["the first samples by place", SAMPLES, () => ({ order: "PLACE" })],
  ["samples deep inside by place", SAMPLES, () => ({ order: "PLACE", after: cursor("place", 7474, 3, large.roundId) })],
  ["the best samples", SAMPLES, () => ({ order: "REWARD" })],
  ["the worst samples", SAMPLES, () => ({ order: "REWARD_ASCENDING" })],
  ["samples in a range of rewards", SAMPLES, () => ({ order: "REWARD", rewards: like({ min: 0.2, max: 0.4 }) })],
  ["the best samples of rank 3", SAMPLES, () => ({ order: "REWARD", rewards: like({ rank: 3 }) })],
  ["prompts with a sample of high reward", print(PROMPT_ROWS), () => ({ first: 25, rewards: like({ min: 0.5 }) })],
  ["prompts with a sample of rank 3", print(PROMPT_ROWS), () => ({ first: 25, rewards: like({ rank: 3 }) })],
  ["prompts with one of few samples", print(PROMPT_ROWS), () => ({ first: 25, rewards: like({ min: 0.999 }) })],
  ["samples of middling reward", SAMPLES, () => ({ order: "REWARD", after: cursor("reward", 0.5, large.roundId) })],
] as const)(
  "%s of 100,000 samples are read from an index, and nothing before or after them",
  async (_what, document, page) => {
    const variables = { id: large.roundId, model: large.modelId, ...page() };
    const { statements } = await statementsFor(document, variables);
    const readings = await Promise.all(statements.map((statement: Statement) => readingOf(server.db, statement)));
    expect(statements.length).toBeGreaterThan(0);
    const big = new Set(["samples", "sample_scores", "prompts"]);
    expect(readings.flatMap((reading) => reading.wholeTables).filter((table) => big.has(table))).toEqual([]);
    expect(readings.reduce((sum, reading) => sum + reading.rows, 0)).toBeLessThan(2000);
  },
);
