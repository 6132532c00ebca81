/** Two-sided 95% standard normal quantile. */
export const Z95 = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson score interval of a proportion, 95%, without continuity correction.
 * Stays inside [0, 1], and is exact at its own edges: 0 wins give low = 0, n wins give high = 1.
 * @param wins integer in [0, n]
 * @param n    integer > 0
 * @throws RangeError outside those ranges
 * Source: Wilson 1927; checked against shared vectors (study-statistics.json).
 */
export function wilsonInterval(wins: number, n: number): Interval {
  if (!Number.isInteger(wins) || !Number.isInteger(n) || n <= 0 || wins < 0 || wins > n)
    throw new RangeError(`wins and n must be integers with 0 <= wins <= n and n > 0, got ${wins} of ${n}`);
  const p = wins / n;
  const z2 = Z95 * Z95;
  const centre = p + z2 / (2 * n);
  const half = Z95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return {
    low: wins === 0 ? 0 : (centre - half) / (1 + z2 / n),
    high: wins === n ? 1 : (centre + half) / (1 + z2 / n),
  };
}
