import { afterAll, beforeAll, expect, test } from "vitest";
import { tInterval } from "../../shared/statistics/t-interval.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { openExperiment } from "./open-experiment.ts";

const PROMPTS = 12;
const K = 2;

let server: TestServer;
let experimentId: string;
beforeAll(async () => {
  server = await startTestServer();
  const opened = await openExperiment(server, PROMPTS, K);
  experimentId = opened.experimentId;
  const rounds = [opened.roundId, await openRound(2), await openRound(3)];
  for (const [t, roundId] of rounds.entries()) await recordRound(roundId, t, opened.sha256);
});
afterAll(() => server?.stop());

async function must(query: string, variables: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
const openRound = async (index: number): Promise<string> =>
  (
    await must("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", {
      input: { experimentId, index },
    })
  ).openRound.round.id;

/** What is hard in a prompt weighs more than what a round adds; round 2 adds something, round 3 nothing on average. */
const fidelityOf = (prompt: number, k: number, t: number) =>
  prompt + 0.1 * k + (t > 0 ? 0.5 : 0) + (t === 2 ? (prompt % 2 === 0 ? 0.2 : -0.2) : 0.05 * (prompt % 3));
const SOURCE = { computedBy: "a judge", sha256: "ab".repeat(32) };

async function recordRound(roundId: string, t: number, artifactSha256: string): Promise<void> {
  const places = Array.from({ length: PROMPTS * K }, (_, i) => ({ promptPosition: Math.floor(i / K), k: i % K }));
  await must("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId, samples: places.map((place) => ({ ...place, artifactSha256 })) },
  });
  const samples: { id: string; p: number; k: number }[] = await server.db.query(
    "select id, prompt_position as p, k from samples where round_id = $1",
    [roundId],
  );
  await must("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
    input: {
      roundId,
      name: "fidelity",
      direction: "HIGHER",
      provenance: SOURCE,
      values: samples.map(({ id, p, k }) => ({ sampleId: id, value: fidelityOf(p, k, t) })),
    },
  });
  const mean = samples.reduce((sum, { p, k }) => sum + fidelityOf(p, k, t), 0) / samples.length;
  const point = (name: string, rest: object) => ({ subject: "ROUND", subjectId: roundId, name, step: 24, ...rest });
  const distance = (provenance: object, value: number) =>
    point("FD(e)", { direction: "LOWER", provenance, value, low: value - 1, high: value + 1, n: 24, bias: value / 8 });
  await must("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: {
      points: [
        point("fidelity", {
          direction: "HIGHER",
          provenance: { ...SOURCE, statistic: "mean over prompts" },
          value: mean,
          low: mean - 2,
          high: mean + 2,
          n: 24,
        }),
        distance({ encoder: "e" }, [20, 16, 17][t] ?? 0),
        ...(t > 0 ? [distance({ encoder: "e", version: 2 }, 5)] : []),
        point("bare", { direction: "LOWER", provenance: {}, value: t }),
      ],
    },
  });
}

const QUERY = `query ($id: ID!) { experiment(id: $id) { roundMetrics { name direction provenance
  values { roundIndex value low high n bias } changes { fromRound toRound difference low high n test verdict } } } }`;
const metrics = async () => (await must(QUERY, { id: experimentId })).experiment.roundMetrics;

test("means of single samples are compared prompt by prompt, by Student's interval of the differences", async () => {
  const [fidelity] = (await metrics()).filter((metric: { name: string }) => metric.name === "fidelity");
  const differences = (from: number, to: number) =>
    Array.from({ length: PROMPTS }, (_, prompt) => {
      const mean = (t: number) => (fidelityOf(prompt, 0, t) + fidelityOf(prompt, 1, t)) / 2;
      return mean(to) - mean(from);
    });
  expect(fidelity.changes).toHaveLength(3);
  for (const change of fidelity.changes) {
    const expected = tInterval(differences(change.fromRound - 1, change.toRound - 1));
    expect(change).toMatchObject({ n: PROMPTS, test: "PAIRED_BY_PROMPT" });
    for (const [ours, theirs] of [
      [change.difference, expected.mean],
      [change.low, expected.low],
      [change.high, expected.high],
    ])
      expect(ours).toBeCloseTo(theirs, 10);
  }
  const verdicts = fidelity.changes.map(({ fromRound, toRound, verdict }: Record<string, unknown>) => [
    fromRound,
    toRound,
    verdict,
  ]);
  expect(verdicts).toEqual([
    [1, 2, "BETTER"],
    [2, 3, "NO_EVIDENCE"],
    [1, 3, "BETTER"],
  ]);
});

test("a distance is compared by its intervals, and only with one computed in the same way", async () => {
  const [first, second] = (await metrics()).filter((metric: { name: string }) => metric.name === "FD(e)");
  const own = [first, second].sort((a, b) => b.values.length - a.values.length);
  expect(own.map(({ values }) => values.map((value: { roundIndex: number }) => value.roundIndex))).toEqual([
    [1, 2, 3],
    [2, 3],
  ]);
  expect(own[0].values.map(({ bias }: { bias: number }) => bias)).toEqual([20 / 8, 16 / 8, 17 / 8]);
  // Zou and Donner: 16 - 20 -+ sqrt(1 + 1).
  expect(own[0].changes[0]).toMatchObject({ difference: -4, test: "INTERVALS", verdict: "BETTER", n: null });
  expect(own[0].changes[0].high).toBeCloseTo(-4 + Math.SQRT2, 12);
  expect(own[0].changes[1]).toMatchObject({ difference: 1, verdict: "NO_EVIDENCE" });
  expect(own[1].changes).toHaveLength(1);
});

test("a value without an interval is evidence of nothing", async () => {
  const bare = (await metrics()).find((metric: { name: string }) => metric.name === "bare");
  expect(bare.changes[0]).toMatchObject({ difference: 1, low: null, test: "NONE", verdict: "NO_EVIDENCE" });
});

test("all metrics and changes of many experiments take three statements", async () => {
  const statements = await statementsOf(server.db, () =>
    must(`{ experiments { nodes { roundMetrics { name changes { verdict } } } } }`, {}),
  );
  expect(statements.filter(({ sql }) => /metric_series/.test(sql))).toHaveLength(3);
});
