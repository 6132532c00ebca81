import { biasSize, biasText, change as changeText, count, estimate } from "../../../shared/format/number.ts";
import { directionNote, domainOf } from "../../components/charts/metricScale.ts";
import type { RoundMetricsQuery } from "../../graphql/generated/graphql.ts";

export type RoundMetric = NonNullable<RoundMetricsQuery["experiment"]>["roundMetrics"][number];
type Change = RoundMetric["changes"][number];

/** A round's value: a dot on its interval. */
export interface MetricPoint {
  round: number;
  value: number;
  low: number | null;
  high: number | null;
  n: number | null;
  bias: number | null;
  /** value, interval, n and bias, in words */
  text: string;
}

/** One metric, ready to be shown: its rounds on one scale, its changes in words. */
export interface MetricCard {
  key: string;
  name: string;
  /** "lower is better" */
  note: string;
  /** which way is better, as a sign */
  arrow: "↑" | "↓";
  /** by round */
  points: MetricPoint[];
  /** the chart's scale, with some room */
  domain: [number, number];
  /** what of the values is small-sample bias, in words; null where it was not estimated */
  bias: string | null;
  changes: { key: string; rounds: string; text: string; verdict: Change["verdict"]; reading: string }[];
}

/** Which change of every metric a page is about. */
export interface RoundPair {
  from: number;
  to: number;
}

const VERDICTS = { BETTER: "better", WORSE: "worse", NO_EVIDENCE: "no evidence of a change" } as const;
const TESTS = {
  PAIRED_BY_PROMPT: "paired by prompt, Student's t",
  PAIRED_RESAMPLES: "paired by prompt, bootstrap",
  INTERVALS: "from both intervals",
  NONE: "no interval, so nothing can be said",
} as const;

/** Metrics that reward alone must not be bought with. */
const GUARDS = /^(FD|KID|FD-infinity|diversity|fidelity|CLIPScore)\b/;
const REWARD = /^reward\b/;

/** A metric that one round alone has, as its own reward model's, shows no change: it is in the table, and a card only where all are so. */
export function metricCards(metrics: readonly RoundMetric[]): MetricCard[] {
  const compared = metrics.filter(({ values }) => values.length > 1);
  return (compared.length > 0 ? compared : metrics).map((metric) => {
    const values = metric.values.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
    return {
      key: `${metric.name} ${JSON.stringify(metric.provenance)}`,
      name: metric.name,
      note: directionNote(metric.direction),
      arrow: metric.direction === "HIGHER" ? "↑" : "↓",
      points: metric.values.map(({ roundIndex, value, low, high, n, bias }) => ({
        round: roundIndex,
        value,
        low: low ?? null,
        high: high ?? null,
        n: n ?? null,
        bias: bias ?? null,
        text: [
          estimate({ mean: value, low, high }),
          ...(bias == null ? [] : [biasText(bias)]),
          n == null ? "n unknown" : `n = ${count(n)}`,
        ].join(", "),
      })),
      bias: biasOf(metric),
      domain: domainOf([Math.min(...values), Math.max(...values)]),
      changes: metric.changes.map((one) => ({
        key: `${one.fromRound} ${one.toRound}`,
        rounds: `Round ${one.fromRound} to ${one.toRound}`,
        text: changeText({ mean: one.difference, low: one.low, high: one.high }),
        verdict: one.verdict,
        reading: testOf(one),
      })),
    };
  });
}

/** "Small-sample bias in these values: about 3.1 in round 1, about 2.9 in round 2." */
function biasOf({ values }: RoundMetric): string | null {
  const told = values.flatMap(({ roundIndex, bias }) =>
    bias == null ? [] : [`${biasSize(bias)} in round ${roundIndex}`],
  );
  return told.length === 0 ? null : `Small-sample bias in these values: ${told.join(", ")}.`;
}

/** A metric as a line of the paper's tables: a value a round, the best in bold, and the last change. */
export interface MetricRow {
  key: string;
  name: string;
  /** by t */
  values: Map<number, { value: number; low: number | null; high: number | null; bias: number | null; best: boolean }>;
  change: Change | null;
}

/** @returns the rounds that any metric has, in order of t, and a row for each metric */
export function metricTable(metrics: readonly RoundMetric[]): { rounds: number[]; rows: MetricRow[] } {
  const rounds = new Set(metrics.flatMap(({ values }) => values.map(({ roundIndex }) => roundIndex)));
  const rows = metrics.map(({ name, direction, provenance, values, changes }) => {
    const all = values.map(({ value }) => value);
    const best = values.length < 2 ? null : direction === "HIGHER" ? Math.max(...all) : Math.min(...all);
    return {
      key: `${name} ${JSON.stringify(provenance)}`,
      name: `${name} ${direction === "HIGHER" ? "↑" : "↓"}`,
      values: new Map(
        values.map(({ roundIndex, value, low = null, high = null, bias = null }) => [
          roundIndex,
          { value, low, high, bias, best: value === best },
        ]),
      ),
      change: changes.filter(({ fromRound, toRound }) => toRound === fromRound + 1).at(-1) ?? null,
    };
  });
  return { rounds: [...rounds].sort((a, b) => a - b), rows };
}

/** A change and what it is evidence of: "+0.5 (+0.2 to +0.8), better (paired by prompt, Student's t, n = 90)". */
export const changeReading = (one: Change): string =>
  `${changeText({ mean: one.difference, low: one.low, high: one.high })}, ${readingOf(one)}`;

const readingOf = (one: Change): string => `${VERDICTS[one.verdict]} (${testOf(one)})`;

const testOf = ({ test, n }: Change): string => `${TESTS[test]}${n == null ? "" : `, n = ${count(n)}`}`;

/** The last two rounds that some metric compares; null while there is one round. */
export function lastPair(metrics: readonly RoundMetric[]): RoundPair | null {
  const neighbours = metrics.flatMap(({ changes }) => changes.filter((one) => one.toRound === one.fromRound + 1));
  const last = neighbours.reduce<Change | null>(
    (best, one) => (best && best.toRound >= one.toRound ? best : one),
    null,
  );
  return last && { from: last.fromRound, to: last.toRound };
}

const between = (metrics: readonly RoundMetric[], { from, to }: RoundPair) =>
  metrics.flatMap((metric) =>
    metric.changes
      .filter(({ fromRound, toRound }) => fromRound === from && toRound === to)
      .map(({ verdict }) => ({ name: metric.name, verdict })),
  );

/** The answer in a sentence: "Round 3 beside round 2: better by FD(x); no evidence by KID(x)." */
export function headline(metrics: readonly RoundMetric[], pair: RoundPair): string {
  const changes = between(metrics, pair);
  const parts = (["BETTER", "WORSE", "NO_EVIDENCE"] as const).flatMap((verdict) => {
    const names = changes.filter((one) => one.verdict === verdict).map(({ name }) => name);
    const words = { BETTER: "better by", WORSE: "worse by", NO_EVIDENCE: "no evidence of a change by" }[verdict];
    return names.length > 0 ? [`${words} ${names.join(", ")}`] : [];
  });
  return `Round ${pair.to} beside round ${pair.from}: ${parts.join("; ")}.`;
}

/**
 * Reward hacking: the reward rose, and something that it must not be bought with got worse. Null where there is no such sign.
 */
export function rewardHacking(metrics: readonly RoundMetric[], pair: RoundPair): string | null {
  const changes = between(metrics, pair);
  const risen = changes.find(({ name, verdict }) => REWARD.test(name) && verdict === "BETTER");
  const lost = changes.filter(({ name, verdict }) => GUARDS.test(name) && verdict === "WORSE");
  if (!risen || lost.length === 0) return null;
  return `${risen.name} rose while ${lost.map(({ name }) => name).join(", ")} got worse: the policy may be pleasing the reward model rather than drawing better. Look at the samples side by side before going on.`;
}
