import { wordsOf } from "../../components/provenance.ts";
import type { RewardModelMetricsQuery } from "../../graphql/generated/graphql.ts";

export type Series = NonNullable<RewardModelMetricsQuery["rewardModel"]>["metrics"]["nodes"][number];

/** Series that may stand on one axis. */
export interface MetricChart {
  key: string;
  title: string;
  note: string;
  provenance: Record<string, unknown>;
  series: Series[];
}

const LOSS = /loss$/i;

/** What stands in the legend: beside a held-out loss, the plain one is the training's. */
export const labelOf = (name: string): string =>
  LOSS.test(name) ? (/held|valid|test/i.test(name) ? "held out" : "training") : wordsOf(name);

/**
 * One chart for every kind of metric and provenance: training and held-out loss share an axis only if the same thing
 * computed both. A series of a single point is no curve and left out.
 */
export function prepareMetrics(series: readonly Series[]): MetricChart[] {
  const charts = new Map<string, MetricChart>();
  for (const one of series) {
    const first = one.buckets[0];
    if (!first || (one.buckets.length === 1 && first.fromStep === first.toStep)) continue;
    const title = LOSS.test(one.name) ? "Loss" : wordsOf(one.name).replace(/^./, (c) => c.toUpperCase());
    const key = `${title} ${JSON.stringify(one.provenance)}`;
    const chart = charts.get(key) ?? {
      key,
      title,
      note: one.direction === "LOWER" ? "by step, lower is better" : "by step, higher is better",
      provenance: one.provenance,
      series: [],
    };
    chart.series.push(one);
    charts.set(key, chart);
  }
  for (const chart of charts.values()) chart.series.sort((a, b) => a.name.length - b.name.length);
  return [...charts.values()];
}
