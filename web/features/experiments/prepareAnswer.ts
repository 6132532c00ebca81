import type { RoundMetric } from "./prepareRoundMetrics.ts";

type Change = RoundMetric["changes"][number];

/** A metric of the last round beside the round before and beside the first. */
export interface AnswerRow {
  key: string;
  name: string;
  direction: RoundMetric["direction"];
  first: number;
  last: number;
  /** null where it was not measured in the round before */
  step: Change | null;
  /** from the first round on; null while the last two rounds are the first */
  since: Change | null;
}

/** What the last round is compared with. */
export interface Answer {
  firstRound: number;
  lastRound: number;
  rows: AnswerRow[];
}

/** Is the last round better, by every metric that it and an earlier round have? Null before there are two. */
export function answerOf(metrics: readonly RoundMetric[]): Answer | null {
  const lastRound = Math.max(...metrics.flatMap(({ changes }) => changes.map(({ toRound }) => toRound)));
  const rows = metrics.flatMap((metric): AnswerRow[] => {
    const changes = metric.changes.filter(({ toRound }) => toRound === lastRound);
    const [first, last] = [metric.values[0], metric.values.at(-1)];
    if (changes.length === 0 || !first || !last) return [];
    const step = changes.find(({ fromRound }) => fromRound === lastRound - 1) ?? null;
    const since = changes.find((change) => change !== step && change.fromRound === first.roundIndex) ?? null;
    const { name, direction, provenance } = metric;
    const key = `${name} ${JSON.stringify(provenance)}`;
    return [{ key, name, direction, first: first.value, last: last.value, step, since }];
  });
  const firstRound = Math.min(...metrics.flatMap(({ values }) => values.map(({ roundIndex }) => roundIndex)));
  return rows.length === 0 ? null : { firstRound, lastRound, rows };
}
