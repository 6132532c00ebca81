import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { ABSENT } from "./bad-input.ts";
import { openExperiment } from "./open-experiment.ts";

const PROMPTS = 12;
const COMPUTED = { computedBy: "a judge", sha256: "ab".repeat(32) };
const FD = { encoder: "e", sha256: "cd".repeat(32), reference: { digest: "one" } };

let server: TestServer;
/** two rounds of one experiment, then one of another, with another prompt set */
let rounds: string[];
let experiments: string[];
let modelId: string;

async function must(query: string, variables: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
const log = (mutation: string, input: object) =>
  must(
    `mutation ($input: ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { inserted } }`,
    { input },
  );
const point = (subjectId: string, name: string, rest: object) => ({
  ...{ subject: "ROUND", subjectId, name, step: PROMPTS },
  ...rest,
});
const fd = (roundId: string, value: number, rest: object = {}) =>
  point(roundId, "FD(e)", {
    ...{ direction: "LOWER", provenance: FD, value, low: value - 1, high: value + 1, n: 100 },
    ...rest,
  });

/** Values of single samples whose differences between rounds are small beside those between prompts. */
async function recordJudged(roundId: string, gain: number): Promise<void> {
  const samples: { id: string; p: number }[] = await server.db.query(
    "select id, prompt_position as p from samples where round_id = $1",
    [roundId],
  );
  const judgedAs = (p: number) => p + gain + 0.01 * (p % 3);
  const values = samples.map(({ id, p }) => ({ sampleId: id, value: judgedAs(p) }));
  await log("logSampleMetrics", { roundId, name: "judged", direction: "HIGHER", provenance: COMPUTED, values });
  const value = values.reduce((sum, one) => sum + one.value, 0) / values.length;
  const provenance = { ...COMPUTED, statistic: "mean over prompts" };
  await log("logMetrics", {
    points: [
      point(roundId, "judged", { direction: "HIGHER", provenance, value, low: value - 3, high: value + 3, n: 12 }),
    ],
  });
}

beforeAll(async () => {
  server = await startTestServer();
  const [one, other] = [await openExperiment(server, PROMPTS, 2), await openExperiment(server, PROMPTS, 2)];
  const second = await must("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", {
    input: { experimentId: one.experimentId, index: 2 },
  });
  rounds = [one.roundId, second.openRound.round.id, other.roundId];
  experiments = [one.experimentId, other.experimentId];
  for (const [i, roundId] of rounds.entries()) {
    const { sha256 } = i < 2 ? one : other;
    const samples = Array.from({ length: PROMPTS }, (_, promptPosition) => ({ promptPosition, k: 0 }));
    await log("logSamples", { roundId, samples: samples.map((sample) => ({ ...sample, artifactSha256: sha256 })) });
    await recordJudged(roundId, i === 1 ? 0.5 : 0);
  }
  const [first = "", next = "", foreign = ""] = rounds;
  await log("logMetrics", {
    points: [
      ...[fd(first, 20), fd(next, 19.5), fd(foreign, 10)],
      point(first, "KID(e)", { direction: "LOWER", provenance: FD, value: 0.2, low: 0.1, high: 0.3, n: 100 }),
      point(next, "KID(e)", { direction: "LOWER", provenance: FD, value: 0.1, low: 0.05, high: 0.15, n: 900 }),
      point(next, "FID", { direction: "LOWER", provenance: FD, value: 50, n: 100 }),
      point(first, "FID", { direction: "LOWER", provenance: FD, value: 60, n: 50 }),
    ],
  });
  [{ id: modelId }] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed, held_out_auc, held_out_auc_low, held_out_auc_high)
     values ($1, 'R compared', 'NAIVE', 'e', '{"steps": 100, "head": {"width": 4}}', 7, 0.9, 0.8, 1) returning id`,
    [first],
  );
});
afterAll(() => server?.stop());

const QUERY = `query ($subjects: [ComparedSubjectInput!]!, $baselineId: ID, $reportedTables: [String!]) {
  comparison(subjects: $subjects, baselineId: $baselineId, reportedTables: $reportedTables) {
    missing baselineId subjects { kind id name detail experimentId }
    metrics { name family direction promptSet distinction { field value others } values { value n roundIndex best tied
      incompatible { field value others } difference { difference low high n test verdict } } }
    settings { name values differs } reported { source table row values { column printed metric value } } } }`;
type Subject = { kind: string; id: string | undefined };
const round = (id: string | undefined): Subject => ({ kind: "ROUND", id });
async function compare(subjects: Subject[], more: object = {}) {
  return (await must(QUERY, { subjects, ...more })).comparison;
}
interface Metric {
  name: string;
  values: ({ incompatible: unknown[]; difference: object | null } & Record<string, unknown>)[];
}
const metricOf = ({ metrics }: { metrics: Metric[] }, name: string) =>
  metrics.filter((metric) => metric.name === name).map(({ values }) => values);

test("rounds of one experiment: the best, what a test does not tell from it, and the paired difference", async () => {
  const found = await compare([round(rounds[0]), round(rounds[1])]);
  expect(metricOf(found, "judged")).toMatchObject([
    [
      { best: false, tied: false, difference: null },
      { best: true, tied: false, difference: { test: "PAIRED_BY_PROMPT", n: PROMPTS, verdict: "BETTER" } },
    ],
  ]);
  expect(metricOf(found, "judged")[0]?.[1]?.difference).toMatchObject({ difference: expect.closeTo(0.5, 9) });
  expect(metricOf(found, "FD(e)")).toMatchObject([
    [
      { best: false, tied: true },
      { best: true, difference: { difference: -0.5, test: "INTERVALS", verdict: "NO_EVIDENCE" } },
    ],
  ]);
  const turned = await compare([round(rounds[0]), round(rounds[1])], { baselineId: rounds[1] });
  expect(turned.baselineId).toBe(rounds[1]);
  expect(metricOf(turned, "judged")[0]?.[0]?.difference).toMatchObject({ verdict: "WORSE" });
});

test("what can't be compared is marked with the reason, is no best and has no difference", async () => {
  const found = await compare(rounds.map(round));
  const [, , foreign] = metricOf(found, "FD(e)")[0] ?? [];
  expect(foreign).toMatchObject({ value: 10, best: false, tied: false, difference: null });
  expect(foreign?.incompatible).toEqual([expect.objectContaining({ field: "promptSet" })]);
  expect(metricOf(found, "FID")).toMatchObject([
    [{ incompatible: [] }, { best: false, incompatible: [{ field: "images", value: "100", others: "50" }] }, null],
  ]);
  const [kid] = metricOf(found, "KID(e)");
  expect(kid).toMatchObject([{ tied: true }, { best: true, incompatible: [] }, null]);
});

test("an experiment has the metrics of its last round that was measured, a policy those of its newest round", async () => {
  const policy = (await must("query ($id: ID!) { round(id: $id) { policyIn { id name } } }", { id: rounds[2] })).round
    .policyIn;
  const found = await compare([
    { kind: "EXPERIMENT", id: experiments[0] },
    round(rounds[0]),
    { kind: "POLICY", id: policy.id },
  ]);
  expect(metricOf(found, "KID(e)")).toMatchObject([
    [{ value: 0.1, roundIndex: 2, best: true }, { value: 0.2, roundIndex: 1, tied: true }, null],
  ]);
  expect(found.subjects[2]).toMatchObject({ kind: "POLICY", name: policy.name, experimentId: null });
  expect(metricOf(found, "FD(e)")[0]?.[2]).toMatchObject({ value: 10, incompatible: [{ field: "promptSet" }] });
});

test("settings are given by path, and which of them differ", async () => {
  const found = await compare([{ kind: "REWARD_MODEL", id: modelId }, round(rounds[0]), round(rounds[1])]);
  const settings = new Map(
    found.settings.map(({ name, ...rest }: { name: string }) => [name, rest] as [string, unknown]),
  );
  expect(settings.get("round")).toEqual({ values: ["1", "1", "2"], differs: true });
  expect(settings.get("K")).toMatchObject({ differs: false });
  expect(settings.get("training.head.width")).toEqual({ values: ["4", null, null], differs: true });
  expect(metricOf(found, "held-out AUC")).toMatchObject([[{ value: 0.9, best: false, difference: null }, null, null]]);
});

test("published numbers stand apart, in the names and units of here", async () => {
  const source = "A paper";
  await must("mutation ($input: ImportReferenceResultsInput!) { importReferenceResults(input: $input) { inserted } }", {
    input: {
      source,
      results: [
        { table: "table2_safety", row: "SD1.5 / Base", column: "IP", value: 42 },
        { table: "table5_multi_round_fid", row: "SD1.5", column: "Round1", value: 66.2 },
        { table: "user_study", row: "prompts", column: "value", value: 50 },
      ],
    },
  });
  const reportedTables = ["table2_safety", "table5_multi_round_fid", "user_study"];
  const { reported } = await compare([round(rounds[0])], { reportedTables });
  expect(reported).toEqual([
    {
      ...{ source, table: "table2_safety", row: "SD1.5 / Base" },
      values: [{ column: "IP", printed: 42, metric: "IP", value: 0.42 }],
    },
    {
      ...{ source, table: "table5_multi_round_fid", row: "SD1.5, Round1" },
      values: [{ column: "Round1", printed: 66.2, metric: "FID", value: 66.2 }],
    },
  ]);
  const tables = (await must("{ reportedTables { name source valueCount } }", {})).reportedTables;
  expect(tables).toContainEqual({ name: "table2_safety", source, valueCount: 1 });
});

test("a subject that is not there is named, and the others are compared", async () => {
  const found = await compare([round(ABSENT), round(rounds[1])], { baselineId: ABSENT });
  expect(found).toMatchObject({ missing: [ABSENT], baselineId: rounds[1], subjects: [{ id: rounds[1] }] });
  expect(metricOf(found, "FD(e)")).toMatchObject([[{ value: 19.5, best: false, tied: false }]]);
});

test.each([
  ["none", [], "subjects"],
  ["the same twice", [round(ABSENT), round(ABSENT)], "subjects"],
  ["no id", [round("x")], "subjects[0].id"],
  ["too many", Array.from({ length: 21 }, (_, i) => round(ABSENT.replace(/00$/, String(10 + i)))), "subjects"],
])("%s is refused by its field", async (_, subjects, field) => {
  const { errors } = await server.ask(QUERY, { subjects }, Role.VIEWER);
  expect(errors?.[0]?.extensions).toEqual({ code: "BAD_INPUT", field });
});

test("as many statements for twenty subjects as for two", async () => {
  const of = (subjects: Subject[]) => statementsOf(server.db, () => compare(subjects));
  const two = await of(rounds.slice(0, 2).map(round));
  const all = await of([
    ...rounds.map(round),
    ...experiments.map((id) => ({ kind: "EXPERIMENT", id })),
    { kind: "REWARD_MODEL", id: modelId },
  ]);
  expect(all.length).toBeLessThanOrEqual(two.length + 1);
});
