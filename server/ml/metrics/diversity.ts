import type { FeatureRows } from "./feature-rows.ts";

/**
 * How far each row lies from the others: d_i = 1/(n-1) sum_j |f_i - f_j|, Euclidean. The mean over i is the mean pairwise distance,
 * which falls to 0 as the samples of a prompt become one. Checked against SciPy's pdist.
 * @returns [n], in units of the features; of a single row nothing
 */
export function meanDistances({ values, width }: FeatureRows): Float64Array {
  const n = values.length / width;
  if (n < 2) return new Float64Array(0);
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      let square = 0;
      for (let d = 0; d < width; d++) square += ((values[i * width + d] ?? 0) - (values[j * width + d] ?? 0)) ** 2;
      const distance = Math.sqrt(square);
      sums[i] = (sums[i] ?? 0) + distance;
      sums[j] = (sums[j] ?? 0) + distance;
    }
  return sums.map((sum) => sum / (n - 1));
}

/**
 * The same by any distance of two things that does not depend on their order.
 * @param distances of `pairsOf(n)`, in their order
 */
export function meanOfPairs(n: number, distances: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(n < 2 ? 0 : n);
  for (const [p, [i, j]] of pairsOf(n).entries()) {
    sums[i] = (sums[i] ?? 0) + (distances[p] ?? Number.NaN);
    sums[j] = (sums[j] ?? 0) + (distances[p] ?? Number.NaN);
  }
  return sums.map((sum) => sum / (n - 1));
}

/** Every two of n things, n (n - 1) / 2 pairs of their places. */
export function pairsOf(n: number): [number, number][] {
  return Array.from({ length: n }, (_, i) => i).flatMap((i) =>
    Array.from({ length: n - 1 - i }, (_, d): [number, number] => [i, i + 1 + d]),
  );
}
