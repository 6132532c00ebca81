import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sql, seedExperiment, seedRewardModel, seedRound, seedScoredSamples } from "../support/seeds.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";

const PROMPTS = 6;
const K = 3;

let server: TestServer;
let sql: Sql;
let roundId: string;
/** Two models that scored all samples, except those that a test removes. */
let modelIds: [string, string];

beforeAll(async () => {
  server = await startTestServer();
  sql = (statement, values) => server.db.query(statement, values);
  const experiment = await seedExperiment(sql, PROMPTS, K);
  roundId = await seedRound(sql, experiment);
  modelIds = [await seedRewardModel(sql, roundId, 1), await seedRewardModel(sql, await seedRound(sql, experiment), 1)];
  await seedScoredSamples(sql, experiment, { roundId, modelId: modelIds[0] });
  await sql(
    "update samples set label = 'a \"label\"', seed = null, k = case k when 0 then 9 else k end where round_id = $1",
    [roundId],
  );
  await sql(
    "insert into sample_scores (reward_model_id, sample_id, score, logit, rank) select $1, id, 0.25, -1.5, null from samples",
    [modelIds[1]],
  );
  // Prompt 1 has no samples here, prompt 2 has one, and one of prompt 3's is not scored.
  await sql("delete from samples where prompt_position = 1 or (prompt_position = 2 and k < 9)");
  await sql(
    "delete from sample_scores where sample_id in (select id from samples where prompt_position = 3 and k = 1)",
  );
});
afterAll(() => server?.stop());

const SAMPLE =
  "id k seed label artifactSha256 promptPosition prompt { position } score(rewardModelId: $model) { score logit rank }";

interface Row {
  prompt: { position: number };
  samples: { id: string; k: number; score: { score: number } | null }[];
}

async function rowsOf(selection: string, variables: Record<string, unknown> = {}) {
  const query = `query ($id: ID!, $model: ID!, $first: Int, $last: Int, $before: String) { round(id: $id) {
    promptRows(first: $first, last: $last, before: $before) { ${selection} } } }`;
  const { data, errors } = await server.ask(query, { id: roundId, model: modelIds[0], ...variables });
  expect(errors).toBeUndefined();
  return data.round.promptRows;
}

/** The same from the tables. */
async function recorded(modelId: string) {
  const rows = await sql(
    `select s.id, s.k, s.seed, s.label, s.artifact_sha256, s.prompt_position, sc.score, sc.logit, sc.rank from samples s
     left join sample_scores sc on sc.sample_id = s.id and sc.reward_model_id = $2
     where s.round_id = $1 order by s.prompt_position, s.k`,
    [roundId, modelId],
  );
  return rows.map(({ artifact_sha256, prompt_position, score, logit, rank, ...sample }) => ({
    ...sample,
    artifactSha256: artifact_sha256,
    promptPosition: prompt_position,
    prompt: { position: prompt_position },
    score: score === null ? null : { score, logit, rank },
  }));
}

test("a page holds every prompt that has samples, with these in order of k and what the model says of each", async () => {
  const { nodes } = await rowsOf(`nodes { prompt { position } samples { ${SAMPLE} } }`);
  expect(nodes.map((row: Row) => [row.prompt.position, row.samples.map((sample) => sample.k)])).toEqual([
    [0, [1, 2, 9]],
    [2, [9]],
    [3, [1, 2, 9]],
    [4, [1, 2, 9]],
    [5, [1, 2, 9]],
  ]);
  expect(nodes.flatMap((row: Row) => row.samples)).toEqual(await recorded(modelIds[0]));
  expect(nodes[2].samples[0].score).toBeNull();
});

test("edges, fragments and pages from the end say the same as nodes", async () => {
  const { nodes } = await rowsOf(`nodes { prompt { position } samples { ${SAMPLE} } }`);
  const { edges } = await rowsOf(`edges { node { ... on PromptRow { prompt { position } samples { ${SAMPLE} } } } }`);
  expect(edges.map((edge: { node: Row }) => edge.node)).toEqual(nodes);
  const page = `nodes { prompt { position } samples { ${SAMPLE} } } pageInfo { startCursor hasPreviousPage }`;
  const last = await rowsOf(page, { last: 2 });
  const before = await rowsOf(page, { last: 2, before: last.pageInfo.startCursor });
  expect([...before.nodes, ...last.nodes]).toEqual(nodes.slice(1));
  expect(before.pageInfo.hasPreviousPage).toBe(true);
});

test("two models' scores and the times of logging can be asked for side by side", async () => {
  const { nodes } = await rowsOf(
    `nodes { samples { id createdAt one: score(rewardModelId: $model) { score }
       other: score(rewardModelId: "${modelIds[1]}") { score rank } } }`,
  );
  const samples = nodes.flatMap((row: { samples: object[] }) => row.samples);
  const [one, other] = [await recorded(modelIds[0]), await recorded(modelIds[1])];
  const times: { created_at: Date }[] = await sql(
    "select created_at from samples where round_id = $1 order by prompt_position, k",
    [roundId],
  );
  expect(samples).toEqual(
    one.map(({ id, score }, i) => ({
      id,
      createdAt: times[i]?.created_at.toISOString(),
      one: score && { score: score.score },
      other: other[i]?.score && { score: 0.25, rank: null },
    })),
  );
});

test("a page says which of its samples are clips, in the same statement", async () => {
  const clip = "c".repeat(64);
  await sql(
    "insert into artifacts (sha256, kind, media_type, byte_size, frames) values ($1, 'IMAGE', 'image/gif', 100, 8)",
    [clip],
  );
  await sql("update samples set artifact_sha256 = $1 where round_id = $2 and prompt_position = 4 and k = 2", [
    clip,
    roundId,
  ]);
  const statements = await statementsOf(server.db, async () => {
    const { nodes } = await rowsOf("nodes { samples { frames score(rewardModelId: $model) { rank } } }", { last: 2 });
    expect(nodes.map(({ samples }: { samples: { frames: number }[] }) => samples.map(({ frames }) => frames))).toEqual([
      [1, 8, 1],
      [1, 1, 1],
    ]);
  });
  expect(statements.filter(({ sql }) => /artifacts/.test(sql))).toHaveLength(1);
});

test("a page that nobody asked samples of reads none", async () => {
  const query =
    "query ($id: ID!) { round(id: $id) { promptRows(first: 2) { nodes { prompt { position } } totalCount } } }";
  const statements = await statementsOf(server.db, async () => {
    const { nodes, totalCount } = (await server.ask(query, { id: roundId })).data.round.promptRows;
    expect([nodes.map((row: Row) => row.prompt.position), totalCount]).toEqual([[0, 2], 5]);
  });
  expect(statements.filter(({ sql }) => /artifact_sha256|sample_scores/.test(sql))).toEqual([]);
});

test.each([
  ["a cursor of another list", 'promptRows(after: "W10") { nodes { samples { k } } }', "BAD_CURSOR", "after"],
  ["a page of no rows", "promptRows(first: 0) { nodes { samples { k } } }", "BAD_INPUT", "first"],
  [
    "a model that is none",
    'promptRows { nodes { samples { score(rewardModelId: "none") { score } } } }',
    "BAD_INPUT",
    "rewardModelId",
  ],
])("%s is refused, and a page beside it is answered", async (_what, field, code, at) => {
  const { data, errors } = await server.ask(
    `query ($id: ID!) { wrong: round(id: $id) { ${field} } right: round(id: $id) { promptRows(first: 1) { nodes { samples { k } } } } }`,
    { id: roundId },
  );
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code, field: at }]);
  expect(data).toEqual({
    wrong: null,
    right: { promptRows: { nodes: [{ samples: [{ k: 1 }, { k: 2 }, { k: 9 }] }] } },
  });
});

test("a round that is not there is null, though its page was asked for ahead of it", async () => {
  const query = 'query ($id: ID!) { round(id: $id) { promptRows(after: "W10") { nodes { samples { k } } } } }';
  const { data, errors } = await server.ask(query, { id: "00000000-0000-7000-8000-000000000000" });
  expect({ data, errors }).toEqual({ data: { round: null }, errors: undefined });
});
