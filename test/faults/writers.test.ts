import { afterAll, beforeAll, expect, test } from "vitest";
import { openExperiment } from "../api/open-experiment.ts";
import { type GraphQLAnswer, startTestServer, type TestServer } from "../support/server.ts";

const WRITERS = 8;
const PROMPTS = 50;
const K = 4;
const BATCH = 40;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

/** A fixed order that differs from writer to writer, so that they lock the same rows in different orders. */
function shuffled<T>(items: readonly T[], writer: number): T[] {
  const place = (i: number) => Math.imul(i + 1, 2654435761 + writer * 40503) >>> 0;
  return items
    .map((item, i) => ({ item, place: place(i) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Every writer sends every row in its own order, every batch twice at once. */
function allWrite<T>(rows: T[], send: (batch: T[]) => Promise<GraphQLAnswer>): Promise<GraphQLAnswer[]> {
  const write = async (_: unknown, writer: number): Promise<GraphQLAnswer[]> => {
    const own = shuffled(rows, writer);
    const answers: GraphQLAnswer[] = [];
    for (let i = 0; i < own.length; i += BATCH) {
      const batch = own.slice(i, i + BATCH);
      answers.push(...(await Promise.all([send(batch), send(batch)])));
    }
    return answers;
  };
  return Promise.all(Array.from({ length: WRITERS }, write)).then((answers) => answers.flat());
}

const insertedBy = (answers: GraphQLAnswer[], mutation: string): number =>
  answers.reduce((sum, { data }) => sum + data[mutation].inserted, 0);

test("eight writers of the same samples store each once", { timeout: 60_000 }, async () => {
  const { roundId, sha256 } = await openExperiment(server, PROMPTS, K);
  const rows = Array.from({ length: PROMPTS * K }, (_, i) => ({
    promptPosition: Math.floor(i / K),
    k: i % K,
    seed: i,
    artifactSha256: sha256,
  }));
  const answers = await allWrite(rows, (samples) =>
    server.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
      input: { roundId, samples },
    }),
  );
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
  expect(insertedBy(answers, "logSamples")).toBe(rows.length);
  const [stored] = await server.db.query(
    `select count(*)::int as rows, count(distinct (prompt_id, k))::int as keys,
            (select sample_count::int from rounds where id = $1) as counted
     from samples where round_id = $1`,
    [roundId],
  );
  expect(stored).toEqual({ rows: rows.length, keys: rows.length, counted: rows.length });
});

test("eight writers of the same metric points store each once", { timeout: 60_000 }, async () => {
  const { experimentId } = await openExperiment(server, 1, 2);
  const points = Array.from({ length: 200 }, (_, i) => ({
    subject: "EXPERIMENT",
    subjectId: experimentId,
    name: `metric ${i % 5}`,
    direction: "HIGHER",
    step: Math.floor(i / 5),
    value: i / 7,
  }));
  const answers = await allWrite(points, (batch) =>
    server.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
      input: { points: batch },
    }),
  );
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
  expect(insertedBy(answers, "logMetrics")).toBe(points.length);
  const { data } = await server.ask(
    "query ($id: ID!) { experiment(id: $id) { metrics { nodes { name points { totalCount } } } } }",
    { id: experimentId },
  );
  const series: { points: { totalCount: number } }[] = data.experiment.metrics.nodes;
  expect(series.map((one) => one.points.totalCount)).toEqual([40, 40, 40, 40, 40]);
});

test("eight writers of the same metrics of samples store each once", { timeout: 60_000 }, async () => {
  const { roundId, sha256 } = await openExperiment(server, PROMPTS, K);
  const samples = Array.from({ length: PROMPTS * K }, (_, i) => ({
    promptPosition: Math.floor(i / K),
    k: i % K,
    artifactSha256: sha256,
  }));
  const { data } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { round { samples(first: 200) { nodes { id } } } } }",
    { input: { roundId, samples } },
  );
  const rows = data.logSamples.round.samples.nodes.map(({ id }: { id: string }, i: number) => ({
    sampleId: id,
    value: i / 7,
  }));
  const answers = await allWrite(rows, (values) =>
    server.ask("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
      input: { roundId, name: "VBench", direction: "HIGHER", values },
    }),
  );
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
  expect(insertedBy(answers, "logSampleMetrics")).toBe(rows.length);
  const [stored] = await server.db.query("select count(*)::int as rows from sample_metric_values");
  expect(stored).toEqual({ rows: rows.length });
});
