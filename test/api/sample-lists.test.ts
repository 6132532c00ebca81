import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sql, seedExperiment, seedRewardModel, seedRound, seedScoredSamples } from "../support/seeds.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const PROMPTS = 40;
const K = 3;

interface Row {
  id: string;
  position: number;
  k: number;
  text: string;
  tags: string[];
  score: number;
  rank: number;
  other: number;
  /** Samples of its prompt. */
  of: number;
}

let server: TestServer;
let sql: Sql;
let roundId: string;
let model: string;
let other: string;
/** All samples of the round by place, as the tables have them. */
let rows: Row[];

beforeAll(async () => {
  server = await startTestServer();
  sql = (statement, values) => server.db.query(statement, values);
  const experiment = await seedExperiment(sql, PROMPTS, K);
  roundId = await seedRound(sql, experiment);
  model = await seedRewardModel(sql, roundId, 1);
  await sql("update reward_models set name = 'first' where id = $1", [model]);
  other = await seedRewardModel(sql, roundId, 1);
  await seedScoredSamples(sql, experiment, { roundId, modelId: model });
  // Prompt 5 has one sample, prompt 6 two; every third prompt has a tag; ranks follow the rewards.
  await sql(
    "delete from samples where round_id = $1 and (prompt_position = 5 and k > 0 or prompt_position = 6 and k > 1)",
    [roundId],
  );
  await sql("update rounds set sample_count = (select count(*) from samples where round_id = $1) where id = $1", [
    roundId,
  ]);
  await sql("update prompts set tags = '{eval}' where prompt_set_id = $1 and position % 3 = 0", [
    experiment.promptSetId,
  ]);
  await sql(
    `update sample_scores sc set rank = r.rank from (select sample_id, row_number() over
       (partition by s.prompt_position order by score desc, s.id) as rank from sample_scores join samples s on s.id = sample_id) r
     where r.sample_id = sc.sample_id`,
  );
  await sql(
    `insert into sample_scores (reward_model_id, sample_id, score, logit, rank)
     select $2, sample_id, 1 - score, 0, null from sample_scores where reward_model_id = $1`,
    [model, other],
  );
  rows = await sql(
    `select s.id, s.prompt_position as position, s.k, p.text, p.tags, sc.score, sc.rank, o.score as other,
       count(*) over (partition by s.prompt_position)::int as of
     from samples s join prompts p on p.id = s.prompt_id
     join sample_scores sc on sc.sample_id = s.id and sc.reward_model_id = $1
     join sample_scores o on o.sample_id = s.id and o.reward_model_id = $2 order by s.prompt_position, s.k`,
    [model, other],
  );
});
afterAll(() => server?.stop());

interface Filter {
  search?: string;
  promptTag?: string;
  rewards?: { rewardModelId?: string; min?: number; max?: number; rank?: number; choice?: string };
}

const FILTERS: [string, Filter, (row: Row) => boolean][] = [
  ["nothing", {}, () => true],
  ["words", { search: "NUMBER 1" }, (row) => row.text.includes("number 1")],
  ["a tag", { promptTag: "eval" }, (row) => row.tags.includes("eval")],
  ["the least reward", { rewards: { min: 0.6 } }, (row) => row.score >= 0.6],
  ["a range of rewards", { rewards: { min: 0.2, max: 0.4 } }, (row) => row.score >= 0.2 && row.score <= 0.4],
  ["a rank", { rewards: { rank: 2 } }, (row) => row.rank === 2],
  ["the chosen", { rewards: { choice: "CHOSEN" } }, (row) => row.rank === 1 && row.of > 1],
  ["the rejected", { rewards: { choice: "REJECTED" } }, (row) => row.of > 1 && row.rank === row.of],
  [
    "all of it",
    { search: "thing", promptTag: "eval", rewards: { choice: "CHOSEN", max: 0.8 } },
    (row) => row.tags.includes("eval") && row.rank === 1 && row.of > 1 && row.score <= 0.8,
  ],
];

const ORDERS: [string, (a: Row, b: Row) => number][] = [
  ["PLACE", (a, b) => a.position - b.position || a.k - b.k],
  ["REWARD", (a, b) => b.score - a.score || (a.id < b.id ? 1 : -1)],
  ["REWARD_ASCENDING", (a, b) => a.score - b.score || (a.id < b.id ? -1 : 1)],
  ["DISAGREEMENT", (a, b) => Math.abs(b.score - b.other) - Math.abs(a.score - a.other) || (a.id < b.id ? 1 : -1)],
];

const withModel = ({ rewards, ...filter }: Filter) => ({
  ...filter,
  ...(rewards && { rewards: { rewardModelId: model, ...rewards } }),
});

const SAMPLES = `query ($id: ID!, $model: ID, $other: ID, $order: SampleOrder, $first: Int, $after: String, $search: String,
    $promptTag: String, $rewards: RewardFilter, $every: Int!) {
  round(id: $id) { samples(orderBy: $order, rewardModelId: $model, otherRewardModelId: $other, first: $first, after: $after,
      search: $search, promptTag: $promptTag, rewards: $rewards) {
    totalCount marks(every: $every) nodes { id } } } }`;

async function samples(variables: Record<string, unknown>) {
  const { data, errors } = await server.ask(SAMPLES, {
    id: roundId,
    model,
    other,
    first: 1000,
    every: 7,
    ...variables,
  });
  expect(errors).toBeUndefined();
  const { totalCount, marks, nodes } = data.round.samples;
  return { totalCount, marks, ids: nodes.map(({ id }: { id: string }) => id) };
}

const LISTS = ORDERS.flatMap(([order, compare]) =>
  FILTERS.map(([what, filter, keeps]) => ({ order, compare, what, filter, keeps })),
);

test.each(LISTS)(
  "samples in the order $order, filtered by $what, are those of the tables, counted and marked",
  async ({ order, compare, filter, keeps }) => {
    const expected = rows
      .filter(keeps)
      .sort(compare)
      .map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(1);
    const { totalCount, marks, ids } = await samples({ order, ...withModel(filter) });
    if (order === "DISAGREEMENT") expect(new Set(ids)).toEqual(new Set(expected));
    else expect(ids).toEqual(expected);
    expect(totalCount).toBe(expected.length);
    expect(marks).toHaveLength(Math.floor(expected.length / 7));
    for (const [i, after] of marks.entries()) {
      const page = await samples({ order, first: 7, after, ...withModel(filter) });
      expect(page.ids).toEqual(ids.slice(7 * (i + 1), 7 * (i + 2)));
    }
  },
);

test("the models disagree most about the first samples", async () => {
  const { ids } = await samples({ order: "DISAGREEMENT" });
  const apart = new Map(rows.map(({ id, score, other: second }) => [id, Math.abs(score - second)]));
  const distances = ids.map((id: string) => apart.get(id));
  expect(distances).toEqual(distances.toSorted((a: number, b: number) => b - a));
});

const PROMPT_ROWS = `query ($id: ID!, $first: Int, $after: String, $search: String, $promptTag: String, $rewards: RewardFilter) {
  round(id: $id) { promptRows(first: $first, after: $after, search: $search, promptTag: $promptTag, rewards: $rewards) {
    totalCount marks(every: 4) nodes { prompt { position } samples { id } } } } }`;

test.each(FILTERS)(
  "prompts filtered by %s come with all their samples, counted and marked",
  async (_what, filter, keeps) => {
    const positions = [...new Set(rows.filter(keeps).map(({ position }) => position))];
    const ask = async (page: object) =>
      (await server.ask(PROMPT_ROWS, { id: roundId, ...withModel(filter), ...page })).data.round.promptRows;
    const { totalCount, marks, nodes } = await ask({ first: 1000 });
    expect(nodes).toEqual(
      positions.map((position) => ({
        prompt: { position },
        samples: rows.filter((row) => row.position === position).map(({ id }) => ({ id })),
      })),
    );
    expect([totalCount, marks.length]).toEqual([positions.length, Math.floor(positions.length / 4)]);
    for (const [i, after] of marks.entries())
      expect((await ask({ first: 4, after })).nodes).toEqual(nodes.slice(4 * (i + 1), 4 * (i + 2)));
  },
);

test("one prompt is found with its samples of the round; none where there are none", async () => {
  const query = `query ($id: ID!, $prompt: ID!) { round(id: $id) { promptRow(promptId: $prompt) {
    prompt { position } samples { k } } } }`;
  const [prompt] = await sql("select id from prompts where position = 6");
  const ask = async (id: string, promptId: string) => (await server.ask(query, { id, prompt: promptId })).data.round;
  expect(await ask(roundId, prompt.id)).toEqual({
    promptRow: { prompt: { position: 6 }, samples: [{ k: 0 }, { k: 1 }] },
  });
  expect(await ask(roundId, model)).toEqual({ promptRow: null });
});

test.each([
  ["a reward above 1", "promptRows(rewards: { rewardModelId: $model, max: 1.5 }) { totalCount }", "rewards.max"],
  ["a rank of 0", "samples(rewards: { rewardModelId: $model, rank: 0 }) { totalCount }", "rewards.rank"],
  ["a model that is none", 'samples(rewards: { rewardModelId: "R" }) { totalCount }', "rewards.rewardModelId"],
  ["an order without its model", "samples(orderBy: REWARD_ASCENDING) { totalCount }", "rewardModelId"],
  [
    "disagreement with nobody",
    "samples(orderBy: DISAGREEMENT, rewardModelId: $model) { totalCount }",
    "otherRewardModelId",
  ],
  ["marks at no distance", "samples { marks(every: 0) }", "every"],
  ["a prompt that is none", 'promptRow(promptId: "1") { samples { k } }', "promptId"],
])("%s is refused", async (_what, field, at) => {
  const { errors } = await server.ask(
    `query ($id: ID!, $model: ID!) { round(id: $id) { id ${field} __typename } m: rewardModel(id: $model) { id } }`,
    {
      id: roundId,
      model,
    },
  );
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: "BAD_INPUT", field: at }]);
});
