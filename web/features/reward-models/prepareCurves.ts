import { count, decimal, decimalWithInterval } from "../../../shared/format/number.ts";
import { LOGIT_BIN_WIDTH, LOGIT_GRID, logitBinEdges } from "../../../shared/statistics/logit-histogram.ts";
import { wilsonInterval } from "../../../shared/statistics/wilson.ts";
import { domainOf } from "../../components/charts/metricScale.ts";
import type { HistogramFragment, RewardModelPageQuery } from "../../graphql/generated/graphql.ts";

export type RewardModel = NonNullable<RewardModelPageQuery["rewardModel"]>;
type OtherModel = RewardModel["round"]["experiment"]["rounds"][number]["rewardModels"][number];
export type Histogram = Omit<HistogramFragment, " $fragmentName" | "__typename">;

/** A dot of the reliability diagram: the share of proxy items among those of about one score, with Wilson's interval. */
export interface ReliabilityDot {
  score: number;
  share: number;
  low: number;
  high: number;
  n: number;
  text: string;
}

/** Bins without items have no dot. */
export function reliabilityDots(bins: NonNullable<RewardModel["reliability"]>): ReliabilityDot[] {
  return bins.flatMap(({ n, meanScore, positiveShare }) => {
    if (n === 0 || meanScore == null || positiveShare == null) return [];
    const { low, high } = wilsonInterval(Math.round(positiveShare * n), n);
    const text = `score ${decimal(meanScore)}: ${decimalWithInterval(positiveShare, low, high)} proxy items, n = ${count(n)}`;
    return [{ score: meanScore, share: positiveShare, low, high, n, text }];
  });
}

/** A line of a histogram chart. */
export interface HistogramSeries {
  label: string;
  histogram: Histogram;
}

/** Where an outer bin, which has no end, is drawn: as wide as the others. */
export function drawnEdges(bin: number): [number, number] {
  const [from, to] = logitBinEdges(bin);
  return [Number.isFinite(from) ? from : to - LOGIT_BIN_WIDTH, Number.isFinite(to) ? to : from + LOGIT_BIN_WIDTH];
}

/** The outline of a histogram as steps: logit and share of the items; nothing where there are none. */
export function outline({ n, counts }: Histogram): { logit: number; share: number }[] {
  if (n === 0) return [];
  return counts.flatMap((items, bin) => drawnEdges(bin).map((logit) => ({ logit, share: items / n })));
}

/** The largest share of any bin, so that charts beside each other have one scale. */
export const highestShare = (histograms: readonly Histogram[]): number =>
  Math.max(0.05, ...histograms.filter(({ n }) => n > 0).map(({ n, counts }) => Math.max(...counts) / n));

export const histogramText = ({ n, meanLogit }: Histogram): string =>
  n === 0 ? "none" : `n = ${count(n)}, mean logit ${decimal(meanLogit, 2)}`;

/** Counts of every bin; the outer ones have no end. */
export const histogramTable = (series: readonly HistogramSeries[]) => ({
  columns: [
    { label: "logit from", number: true },
    { label: "logit to", number: true },
    ...series.map(({ label }) => ({ label, number: true })),
  ],
  rows: Array.from({ length: LOGIT_GRID.bins }, (_, bin) => [
    ...logitBinEdges(bin).map((edge) => (Number.isFinite(edge) ? edge : null)),
    ...series.map(({ histogram }) => histogram.counts[bin] ?? 0),
  ]),
});

/** Range of logits that a histogram chart shows. */
export const LOGIT_DOMAIN = [LOGIT_GRID.from - LOGIT_BIN_WIDTH, LOGIT_GRID.to + LOGIT_BIN_WIDTH] as const;

/** R^t of each round beside each other. */
export interface DriftRow {
  roundIndex: number;
  roundId: string;
  model: Pick<OtherModel, "id" | "name">;
  auc: { value: number | null; low: number | null; high: number | null };
  proxy: Histogram | null;
  /** all samples of the round where they are scored, else the held-out ones */
  generated: Histogram | null;
  isOfAll: boolean;
  /** mean logit of generated, minus that of the round before */
  moved: number | null;
  isThis: boolean;
}

/** Trained models of this one's name, round by round, with where proxy data and samples stand on each. */
export function driftRows(model: RewardModel): DriftRow[] {
  const all = model.round.experiment.rounds.flatMap((round) =>
    round.rewardModels
      .filter(({ name, state }) => name === model.name && state === "TRAINED")
      .map((own) => ({ round, own })),
  );
  return all.map(({ round, own }, i) => {
    const generated = generatedOf(own);
    const before = i > 0 ? generatedOf((all[i - 1] as (typeof all)[number]).own) : null;
    const moved =
      generated?.meanLogit == null || before?.meanLogit == null ? null : generated.meanLogit - before.meanLogit;
    const { heldOutAuc: auc, heldOutAucLow: low, heldOutAucHigh: high } = own;
    return {
      roundIndex: round.index,
      roundId: round.id,
      model: own,
      auc: { value: auc ?? null, low: low ?? null, high: high ?? null },
      proxy: own.curves?.training?.heldOutProxy ?? null,
      generated,
      isOfAll: own.curves?.samples != null,
      moved,
      isThis: own.id === model.id,
    };
  });
}

const generatedOf = ({ curves }: OtherModel): Histogram | null =>
  curves?.samples ?? curves?.training?.heldOutGenerated ?? null;

export type RankSlices = RewardModel["rankSlices"][number];

/** The scale of a rank chart: values and their intervals with a little room. */
export function rankDomain({ ranks }: RankSlices): [number, number] {
  const marks = ranks.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  return domainOf([Math.min(...marks), Math.max(...marks)]);
}

/** Ticks under ranks 1..K: all of a few, else about eight. */
export function rankTicks(ranks: number): number[] {
  const step = Math.max(1, Math.ceil(ranks / 8));
  return Array.from({ length: Math.ceil(ranks / step) }, (_, i) => 1 + i * step);
}
