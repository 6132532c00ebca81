import { afterAll, beforeAll, expect, test } from "vitest";
import { type GraphQLAnswer, startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { type OpenExperiment, openExperiment } from "./open-experiment.ts";

const PROMPTS = 20;
const K = 4;

let server: TestServer;
let lab: OpenExperiment;
beforeAll(async () => {
  server = await startTestServer();
  lab = await openExperiment(server, PROMPTS, K);
});
afterAll(() => server?.stop());

const newRound = async (): Promise<string> => {
  const { data } = await server.ask(
    "mutation ($id: ID!) { openRound(input: { experimentId: $id }) { round { id } } }",
    { id: lab.experimentId },
  );
  return data.openRound.round.id;
};
const samplesOf = (promptPosition: number, change: object = {}) =>
  Array.from({ length: K }, (_, k) => ({ promptPosition, k, artifactSha256: lab.sha256, ...change }));
const logSamples = (roundId: string, samples: object[]): Promise<GraphQLAnswer> =>
  server.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted round { sampleCount } } }", {
    input: { roundId, samples },
  });
const logPoints = (points: object[]): Promise<GraphQLAnswer> =>
  server.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", { input: { points } });
const pointOf = (name: string, change: object = {}) => ({
  subject: "ROUND",
  subjectId: lab.roundId,
  name,
  direction: "LOWER",
  value: 1,
  ...change,
});
const countOf = async (sql: string, values: unknown[]): Promise<number> =>
  (await server.db.query(`select count(*)::int as n from ${sql}`, values))[0].n;

test("requests that arrive together share a statement, and each says what was new of its own", async () => {
  const roundId = await newRound();
  const statements = await statementsOf(server.db, async () => {
    const answers = await Promise.all(Array.from({ length: PROMPTS }, (_, p) => logSamples(roundId, samplesOf(p))));
    expect(answers.map(({ data }) => data?.logSamples.inserted)).toEqual(Array(PROMPTS).fill(K));
  });
  expect(await countOf("samples where round_id = $1", [roundId])).toBe(PROMPTS * K);
  const inserts = statements.filter(({ sql }) => sql.includes("insert into samples"));
  expect(inserts.length).toBeGreaterThan(0);
  expect(inserts.length).toBeLessThan(PROMPTS);
});

test("of twenty requests sent together one is wrong: it fails alone, with its own field, and stores nothing", async () => {
  const roundId = await newRound();
  const answers = await Promise.all(
    Array.from({ length: PROMPTS }, (_, p) =>
      logSamples(roundId, p === 7 ? [...samplesOf(p), { ...samplesOf(p)[0], k: K }] : samplesOf(p)),
    ),
  );
  const failed = answers.flatMap(({ errors }, p) => (errors ? [{ p, extensions: errors[0]?.extensions }] : []));
  expect(failed).toEqual([{ p: 7, extensions: { code: "BAD_INPUT", field: `samples[${K}].k` } }]);
  expect(await countOf("samples where round_id = $1 and prompt_position = 7", [roundId])).toBe(0);
  const { data } = await logSamples(roundId, samplesOf(0));
  expect(data.logSamples).toEqual({ inserted: 0, round: { sampleCount: (PROMPTS - 1) * K } });
});

test("a batch that repeats some rows says how many were new, alone and in company", async () => {
  const roundId = await newRound();
  await logSamples(roundId, samplesOf(0));
  const answers = await Promise.all([
    logSamples(roundId, [...samplesOf(0), ...samplesOf(1)]),
    logSamples(roundId, samplesOf(2)),
    logSamples(roundId, samplesOf(0)),
  ]);
  expect(answers.map(({ data }) => data.logSamples.inserted)).toEqual([K, K, 0]);
});

test.each([
  ["an artifact that was never uploaded", { artifactSha256: "0".repeat(64) }, "ARTIFACT_MISSING", ".artifactSha256"],
  ["a prompt that the set does not have", { promptPosition: PROMPTS }, "NOT_FOUND", ".promptPosition"],
  ["a k beyond the experiment's", { k: K }, "BAD_INPUT", ".k"],
])("%s is named, and its batch stores nothing", async (_what, change, code, field) => {
  const roundId = await newRound();
  const { errors } = await logSamples(roundId, [...samplesOf(0), { ...samplesOf(1)[0], ...change }]);
  expect(errors?.[0]?.extensions).toEqual({ code, field: `samples[${K}]${field}` });
  expect(await countOf("samples where round_id = $1", [roundId])).toBe(0);
});

test.each([
  ["value", { value: 2 }],
  ["n", { n: 6 }],
  ["n", { n: null }],
  ["low", { low: 0.6 }],
  ["high", { high: 1.4 }],
])(
  "a point sent again with another %s is a conflict that names it, and the batch stores nothing",
  async (field, change) => {
    const recorded = pointOf(`repeated before ${JSON.stringify(change)}`, { n: 5, low: 0.5, high: 1.5 });
    expect((await logPoints([recorded])).errors).toBeUndefined();
    expect((await logPoints([recorded])).data.logMetrics.inserted).toBe(0);
    const { errors } = await logPoints([pointOf("never stored"), { ...recorded, ...change }]);
    expect(errors?.[0]?.extensions).toEqual({ code: "CONFLICT", field: `points[1].${field}` });
    expect(await countOf("metric_series where name = 'never stored'", [])).toBe(0);
  },
);

test("a series once recorded keeps its direction", async () => {
  expect((await logPoints([pointOf("directed")])).errors).toBeUndefined();
  for (const step of [1, 2]) {
    const { errors } = await logPoints([pointOf("directed", { step, direction: "HIGHER" })]);
    expect(errors?.[0]?.extensions).toEqual({ code: "CONFLICT", field: "points[0].direction" });
  }
});

test("points of many series and subjects sent together are each stored once", async () => {
  const subjects = [
    { subject: "ROUND", subjectId: lab.roundId },
    { subject: "EXPERIMENT", subjectId: lab.experimentId },
  ];
  const batchOf = (step: number) =>
    subjects.flatMap((subject) =>
      ["a", "b", "c"].map((name) => pointOf(`many ${name}`, { ...subject, step, value: step })),
    );
  const answers = await Promise.all([0, 1, 2, 2, 3].map((step) => logPoints(batchOf(step))));
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  expect(answers.reduce((sum, { data }) => sum + data.logMetrics.inserted, 0)).toBe(4 * 6);
  expect(
    await countOf("metric_points p join metric_series s on s.id = p.series_id where s.name like 'many %'", []),
  ).toBe(4 * 6);
});

test("buckets hold every point once, keep extremes, and are the points themselves where they are few", async () => {
  const values = Array.from({ length: 1000 }, (_, step) => (step === 617 ? 99 : Math.sin(step)));
  await logPoints(values.map((value, step) => pointOf("bucketed", { step, value })));
  const buckets = async (window: string) => {
    const { data } = await server.ask(
      `query ($id: ID!) { round(id: $id) { metrics(name: "bucketed") { nodes { buckets(${window}) { fromStep toStep min max count } } } } }`,
      { id: lab.roundId },
    );
    return data.round.metrics.nodes[0].buckets as Record<"fromStep" | "toStep" | "min" | "max" | "count", number>[];
  };
  const whole = await buckets("count: 20");
  expect(whole.map((bucket) => bucket.count)).toEqual(Array(20).fill(50));
  expect(whole.find((bucket) => bucket.max === 99)).toMatchObject({ fromStep: 600, toStep: 649 });
  expect(await buckets("count: 20")).toEqual(whole);
  const zoomed = await buckets("count: 20, fromStep: 610, toStep: 619");
  expect(zoomed.map(({ min, max, count }) => [min, max, count])).toEqual(
    values.slice(610, 620).map((value) => [value, value, 1]),
  );
  expect(await buckets("count: 20, fromStep: 0, toStep: 2147483647")).toHaveLength(1);
});
