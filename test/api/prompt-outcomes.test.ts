import { afterAll, beforeAll, expect, test } from "vitest";
import { exactBinomialP } from "../../shared/statistics/exact-binomial.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { openExperiment } from "./open-experiment.ts";

const PROMPTS = 14;
const K = 3;

let server: TestServer;
let experimentId: string;
let rounds: string[];
beforeAll(async () => {
  server = await startTestServer();
  const opened = await openExperiment(server, PROMPTS, K);
  experimentId = opened.experimentId;
  const later = await must("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", {
    input: { experimentId, index: 2 },
  });
  rounds = [opened.roundId, later.openRound.round.id];
  for (const [t, roundId] of rounds.entries()) await record(roundId, t, opened.sha256);
});
afterAll(() => server?.stop());

async function must(query: string, variables: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Prompt 0 stays as it is, the odd ones get better, the others worse; by an amount of each prompt's own. */
const change = (prompt: number) => (prompt === 0 ? 0 : (prompt % 2 === 1 ? 1 : -0.5) * prompt);
const measuredAs = (prompt: number, k: number, t: number) => 10 * prompt + k + t * change(prompt);
/** The later round has no value of the last prompt, and of prompt 1 only the second sample's. */
const isMeasured = (prompt: number, k: number, t: number) =>
  t === 0 || (prompt !== PROMPTS - 1 && (prompt !== 1 || k === 1));

async function record(roundId: string, t: number, artifactSha256: string): Promise<void> {
  const places = Array.from({ length: PROMPTS * K }, (_, i) => ({ promptPosition: Math.floor(i / K), k: i % K }));
  await must("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId, samples: places.map((place) => ({ ...place, artifactSha256 })) },
  });
  const samples: { id: string; p: number; k: number }[] = await server.db.query(
    "select id, prompt_position as p, k from samples where round_id = $1",
    [roundId],
  );
  const log = (name: string, direction: string, provenance: object) =>
    must("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
      input: {
        ...{ roundId, name, direction, provenance },
        values: samples
          .filter(({ p, k }) => isMeasured(p, k, t))
          .map(({ id, p, k }) => ({ sampleId: id, value: measuredAs(p, k, t) })),
      },
    });
  await log("fidelity", "HIGHER", { judge: "a" });
  await log("error", "LOWER", { judge: "a" });
  await log("fidelity", "HIGHER", { judge: t });
}

const QUERY = `query ($round: ID!, $baseline: ID!, $tag: String, $first: Int) { round(id: $round) {
  promptOutcomes(baselineId: $baseline, promptTag: $tag, first: $first) { name direction provenance prompts wins losses ties winRate low high p
    mostImproved { position k samples before after gain beforeSha256 } mostWorsened { position gain } } } }`;
const outcomes = async (variables: object = {}) =>
  (await must(QUERY, { round: rounds[1], baseline: rounds[0], first: 2, ...variables })).round.promptOutcomes;

test("prompts are won and lost by the means of samples of the same k, by every metric that both rounds have", async () => {
  const [error, fidelity, ...others] = await outcomes();
  expect(others, "another judge's fidelity is another metric").toEqual([]);
  // Of 13 prompts measured twice one is level; 1, 3, ..., 11 got better, 2, 4, ..., 12 worse.
  expect(fidelity).toMatchObject({ name: "fidelity", prompts: 13, wins: 6, losses: 6, ties: 1, winRate: 0.5 });
  expect(fidelity.p).toBeCloseTo(exactBinomialP(6, 12), 12);
  expect(fidelity.mostImproved.map(({ position, gain }: Record<string, number>) => [position, gain])).toEqual([
    [11, 11],
    [9, 9],
  ]);
  expect(fidelity.mostWorsened).toEqual([
    { position: 12, gain: -6 },
    { position: 10, gain: -5 },
  ]);
  expect(error).toMatchObject({ name: "error", wins: 6, losses: 6 });
  expect(error.mostImproved[0]).toMatchObject({ position: 12, gain: 6, before: 121, after: 115, samples: K, k: 0 });
});

test("only pairs count: of a prompt with one measured sample in common, that one", async () => {
  const [, fidelity] = await outcomes({ first: 50 });
  const one = fidelity.mostImproved.find(({ position }: { position: number }) => position === 1);
  expect(one).toMatchObject({ samples: 1, k: 1, before: 11, after: 12, gain: 1 });
});

test("of a round with itself all are ties, and nothing is evidence", async () => {
  const [, fidelity] = await outcomes({ baseline: rounds[1] });
  expect(fidelity).toMatchObject({ wins: 0, losses: 0, ties: 13, winRate: null, low: null, p: 1, mostImproved: [] });
  expect(await outcomes({ tag: "no such tag" })).toEqual([]);
  expect(await outcomes({ baseline: "00000000-0000-7000-8000-000000000000" })).toEqual([]);
});

test("all rounds of an experiment take one statement", async () => {
  const statements = await statementsOf(server.db, () =>
    must(
      `query ($id: ID!, $baseline: ID!) { experiment(id: $id) { rounds { promptOutcomes(baselineId: $baseline) { name } } } }`,
      { id: experimentId, baseline: rounds[0] },
    ),
  );
  expect(statements.filter(({ sql }) => /sample_metric_values/.test(sql))).toHaveLength(1);
});
