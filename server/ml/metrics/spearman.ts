import type { Interval } from "../../../shared/statistics/wilson.ts";
import { Z95 } from "../../../shared/statistics/wilson.ts";

export interface Correlation {
  /** in [-1, 1] */
  readonly value: number;
  /** 95%; null for fewer than 4 pairs */
  readonly interval: Interval | null;
  readonly n: number;
}

/**
 * Spearman's rank correlation: Pearson's of the mid-ranks, so that ties are what scipy.stats.spearmanr makes of them.
 * Interval: Fisher's z with the variance (1 + rho^2 / 2) / (n - 3) of Bonett and Wright 2000, the best of the closed forms for
 * |rho| < 0.95 and few ties; it is for independent pairs. At rho = 1 or -1 it has no width.
 * @returns null where there is no correlation to speak of: fewer than 2 pairs, or one side constant
 * @throws RangeError where the lengths differ or a value is NaN (infinities have ranks)
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): Correlation | null {
  if (x.length !== y.length) throw new RangeError(`${x.length} and ${y.length} values do not make pairs.`);
  const n = x.length;
  const value = pearson(midRanks(x), midRanks(y));
  return value === null ? null : { value, interval: n < 4 ? null : fisherInterval(value, n), n };
}

/** Ranks from 1; tied values share the mean of their ranks. */
function midRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, i) => {
    if (Number.isNaN(value)) throw new RangeError(`Value ${i} is not a number.`);
    return { value, i };
  }).sort((a, b) => (a.value < b.value ? -1 : Number(a.value > b.value)));
  const ranks = new Float64Array(order.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]?.value === order[start]?.value) end += 1;
    for (const { i } of order.slice(start, end)) ranks[i] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Of ranks, whose mean is (n + 1) / 2; null where a side is constant. */
function pearson(x: Float64Array, y: Float64Array): number | null {
  const middle = (x.length + 1) / 2;
  let [xx, xy, yy] = [0, 0, 0];
  for (const [i, rank] of x.entries()) {
    const [dx, dy] = [rank - middle, (y[i] ?? middle) - middle];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  return xx === 0 || yy === 0 ? null : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

function fisherInterval(rho: number, n: number): Interval {
  const half = Z95 * Math.sqrt((1 + (rho * rho) / 2) / (n - 3));
  return { low: Math.tanh(Math.atanh(rho) - half), high: Math.tanh(Math.atanh(rho) + half) };
}
