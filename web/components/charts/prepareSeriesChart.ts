/** A stretch of a series, as the API gives it: every point is in exactly one bucket. */
export interface Bucket {
  fromStep: number;
  toStep: number;
  min: number;
  max: number;
  mean: number;
}

export interface ChartSeries {
  /** What the legend says. */
  label: string;
  buckets: readonly Bucket[];
}

/** All series at one step: `mean0`, `band0` belong to the first series, and so on; null is a gap. */
type ChartRow = { step: number } & Record<string, number | [number, number] | null>;

export interface SeriesChartData {
  rows: ChartRow[];
  /** What the vertical axis spans, "auto" being the next round number; null when nothing can be drawn. */
  domain: [number, number | "auto"] | null;
  /** Values at or below zero, which a logarithmic axis can't show. */
  hidden: number;
}

/**
 * What the chart draws: each bucket at its middle step, its mean and the band from its lowest to its highest value.
 * A linear axis begins at zero unless a value lies below; a logarithmic one leaves out what is not positive, and says so.
 */
export function prepareSeriesChart(series: readonly ChartSeries[], logarithmic: boolean): SeriesChartData {
  const rows = new Map<number, ChartRow>();
  let [low, high, hidden] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const [i, { buckets }] of series.entries())
    for (const { fromStep, toStep, min, max, mean } of buckets) {
      if (logarithmic && min <= 0) {
        hidden++;
        continue;
      }
      const step = Math.round((fromStep + toStep) / 2);
      const row: ChartRow = rows.get(step) ?? { step };
      row[`mean${i}`] = mean;
      row[`band${i}`] = [min, max];
      rows.set(step, row);
      low = Math.min(low, min);
      high = Math.max(high, max);
    }
  const sorted = [...rows.values()].sort((a, b) => a.step - b.step);
  if (sorted.length === 0) return { rows: sorted, domain: null, hidden };
  if (logarithmic) return { rows: sorted, domain: [low, high > low ? high : 2 * low], hidden };
  return { rows: sorted, domain: [Math.min(0, low), high > 0 ? "auto" : 1], hidden };
}
