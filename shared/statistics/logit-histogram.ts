/**
 * The grid that all histograms of rewards share, so that models and rounds can be laid over each other: bins of half a logit
 * between -10 and 10, where the reward is 0.00005 and 0.99995, and at either end one bin for all that lies beyond.
 */
export const LOGIT_GRID = { from: -10, to: 10, inner: 40, bins: 42 } as const;
export const LOGIT_BIN_WIDTH = (LOGIT_GRID.to - LOGIT_GRID.from) / LOGIT_GRID.inner;

/** How many logits fall into each bin. */
export interface LogitHistogram {
  n: number;
  /** null where n is 0 */
  meanLogit: number | null;
  /** one count a bin; their sum is n */
  counts: number[];
}

/** The bin of a logit: [from, to) for the inner ones, as Postgres' width_bucket. @throws RangeError on NaN */
export function logitBin(logit: number): number {
  if (Number.isNaN(logit)) throw new RangeError("A logit is not a number.");
  const { from, bins } = LOGIT_GRID;
  return Math.min(bins - 1, Math.max(0, Math.floor((logit - from) / LOGIT_BIN_WIDTH) + 1));
}

/** Where a bin begins and ends; the outer ones have one end at infinity. */
export function logitBinEdges(bin: number): [number, number] {
  const start = LOGIT_GRID.from + (bin - 1) * LOGIT_BIN_WIDTH;
  return [
    bin === 0 ? Number.NEGATIVE_INFINITY : start,
    bin === LOGIT_GRID.bins - 1 ? Number.POSITIVE_INFINITY : start + LOGIT_BIN_WIDTH,
  ];
}

export function logitHistogram(logits: ArrayLike<number>): LogitHistogram {
  const counts = Array.from({ length: LOGIT_GRID.bins }, () => 0);
  let sum = 0;
  for (const logit of Array.from(logits)) {
    const bin = logitBin(logit);
    counts[bin] = (counts[bin] ?? 0) + 1;
    sum += logit;
  }
  return { n: logits.length, meanLogit: logits.length === 0 ? null : sum / logits.length, counts };
}
