import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { type GraphQLAnswer, startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { type OpenExperiment, openExperiment } from "./open-experiment.ts";

const PROMPTS = 20;
const K = 4;

let server: TestServer;
let lab: OpenExperiment;
/** Samples of the round, in order of prompt and k. */
let sampleIds: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
  lab = await openExperiment(server, PROMPTS, K);
  sampleIds = await logSamples(lab.roundId);
});
afterAll(() => server?.stop());

async function logSamples(roundId: string): Promise<string[]> {
  const samples = Array.from({ length: PROMPTS * K }, (_, i) => ({
    promptPosition: Math.floor(i / K),
    k: i % K,
    artifactSha256: lab.sha256,
  }));
  const { data } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { round { samples(first: 100) { nodes { id } } } } }",
    { input: { roundId, samples } },
  );
  return data.logSamples.round.samples.nodes.map(({ id }: { id: string }) => id);
}

const log = (name: string, values: { sampleId?: string; value: number }[], change: object = {}, role = Role.MEMBER) =>
  server.ask(
    "mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }",
    { input: { roundId: lab.roundId, name, direction: "HIGHER", provenance: { by: "a lab" }, values, ...change } },
    role,
  );
const valuesOf = (from: number, to: number) =>
  sampleIds.slice(from, to).map((sampleId, i) => ({ sampleId, value: (from + i) / 7 }));
const insertedOf = ({ data }: GraphQLAnswer): number => data?.logSampleMetrics.inserted;
const stored = async (name: string): Promise<{ series: number; values: number }> =>
  (
    await server.db.query(
      `select count(distinct s.id)::int as series, count(v.sample_id)::int as values
       from sample_metric_series s left join sample_metric_values v on v.series_id = s.id where s.name = $1`,
      [name],
    )
  )[0];

test("a metric of samples is logged by members and workers, read with its provenance, and sent again changes nothing", async () => {
  expect(insertedOf(await log("VBench", valuesOf(0, 50)))).toBe(50);
  expect(insertedOf(await log("VBench", valuesOf(0, 80), {}, Role.WORKER))).toBe(30);
  expect(insertedOf(await log("VBench", valuesOf(0, 80)))).toBe(0);
  const { data } = await server.ask(
    `query ($id: ID!, $round: ID!) {
       sample(id: $id) { metrics(names: ["VBench"]) { seriesId name direction provenance value } }
       round(id: $round) { sampleMetrics { id name direction provenance } } }`,
    { id: sampleIds[9], round: lab.roundId },
    Role.VIEWER,
  );
  const [series] = data.round.sampleMetrics;
  expect(series).toMatchObject({ name: "VBench", direction: "HIGHER", provenance: { by: "a lab" } });
  const { id: seriesId, ...what } = series;
  expect(data.sample.metrics).toEqual([{ seriesId, ...what, value: 9 / 7 }]);
});

test("the order of a provenance's fields makes no other series; another provenance does", async () => {
  const [first, second] = [valuesOf(0, 5), valuesOf(5, 10)];
  await log("ordered", first, { provenance: { a: 1, b: { c: 2, d: [3] } } });
  expect(insertedOf(await log("ordered", second, { provenance: { b: { d: [3], c: 2 }, a: 1 } }))).toBe(5);
  expect(await stored("ordered")).toEqual({ series: 1, values: 10 });
  await log("ordered", [{ sampleId: sampleIds[0], value: 99 }], { provenance: { a: 2 } });
  expect(await stored("ordered")).toEqual({ series: 2, values: 11 });
});

test("requests about many metrics that arrive together share statements, and each says what was new of its own", async () => {
  const names = Array.from({ length: 30 }, (_, i) => `together ${i % 3}`);
  const statements = await statementsOf(server.db, async () => {
    const answers = await Promise.all(names.map((name, i) => log(name, valuesOf(i, i + 1))));
    expect(answers.map(insertedOf)).toEqual(Array(30).fill(1));
  });
  const inserts = statements.filter(({ sql }) => sql.includes("insert into sample_metric_values"));
  expect(inserts.length).toBeGreaterThan(0);
  expect(inserts.length).toBeLessThan(names.length);
  expect(await stored("together 0")).toEqual({ series: 1, values: 10 });
});

test("of ten requests sent together one is wrong: it fails alone, with its own field, and stores nothing", async () => {
  const foreign = await openExperiment(server, PROMPTS, K);
  const [elsewhere] = await logSamples(foreign.roundId);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      log(`alone ${i}`, i === 7 ? [...valuesOf(0, 2), { sampleId: elsewhere, value: 1 }] : valuesOf(0, 2)),
    ),
  );
  const failed = answers.flatMap(({ errors }, i) => (errors ? [{ i, extensions: errors[0]?.extensions }] : []));
  expect(failed).toEqual([{ i: 7, extensions: { code: "NOT_FOUND", field: "values[2].sampleId" } }]);
  expect(await stored("alone 7")).toEqual({ series: 0, values: 0 });
  expect(await stored("alone 8")).toEqual({ series: 1, values: 2 });
});

test.each([
  ["another value", { values: [{ index: 3, value: 1 }] }, "CONFLICT", "values[0].value"],
  [
    "two values of one sample",
    {
      values: [
        { index: 60, value: 1 },
        { index: 60, value: 2 },
      ],
    },
    "CONFLICT",
    "values[1].value",
  ],
  ["the other direction", { values: [{ index: 61, value: 1 }], direction: "LOWER" }, "CONFLICT", "direction"],
])("%s of what is recorded is refused, and nothing is stored", async (_what, change, code, field) => {
  await log("recorded", valuesOf(0, 5));
  const values = change.values.map(({ index, value }) => ({ sampleId: sampleIds[index], value }));
  const { errors } = await log("recorded", [], { ...change, values });
  expect(errors?.[0]?.extensions).toEqual({ code, field });
  expect(await stored("recorded")).toEqual({ series: 1, values: 5 });
});

test("a page of samples takes as many statements with metrics of eighty samples as of eight", async () => {
  const names = ["m1", "m2", "m3"];
  for (const name of names) await log(name, valuesOf(0, 80));
  const page = async (first: number) => {
    const query = `query ($id: ID!, $first: Int!) { round(id: $id) {
      samples(first: $first) { nodes { metrics { name provenance value } } } } }`;
    let count = 0;
    const statements = await statementsOf(server.db, async () => {
      const { data } = await server.ask(query, { id: lab.roundId, first }, Role.VIEWER);
      const of = (sample: { metrics: { name: string }[] }) => sample.metrics.filter(({ name }) => names.includes(name));
      count = data.round.samples.nodes.flatMap(of).length;
    });
    return { count, statements: statements.map(({ sql }) => sql.replace(/limit \d+/, "")) };
  };
  const [few, many] = [await page(8), await page(80)];
  expect([few.count, many.count]).toEqual([24, 240]);
  expect(many.statements).toEqual(few.statements);
});

test("a policy has metrics, wherever it was sampled", async () => {
  const point = { subject: "POLICY", subjectId: lab.policyId, name: "FVD", direction: "LOWER", value: 512.3, n: 2048 };
  await server.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: { points: [point] },
  });
  const { data } = await server.ask(
    "query ($id: ID!) { policy(id: $id) { metrics { nodes { name latest { value n } } } } }",
    { id: lab.policyId },
    Role.VIEWER,
  );
  expect(data.policy.metrics.nodes).toEqual([{ name: "FVD", latest: { value: 512.3, n: 2048 } }]);
});
