/** One metric over some rows, on one scale: what `IntervalPlot` draws. */
export interface MetricPlot {
  name: string;
  /** Such as "higher is better". */
  note: string;
  /** The least and the greatest mark. */
  extent: readonly [number, number];
  /** Ends of the scale: the extent with a little room. */
  domain: readonly [number, number];
  rows: readonly PlotRow[];
}

export interface PlotRow {
  /** Unique in its plot. */
  label: string;
  /** Null where nothing is recorded yet: a gap, not a zero. */
  mean: number | null;
  low: number | null;
  high: number | null;
  /** One value a seed. */
  seeds: readonly number[];
  best: boolean;
  baseline: boolean;
  /** A published number, drawn as a diamond: nothing was measured here. */
  reported?: boolean;
  /** The row's numbers in words. */
  text: string;
}
