import { Random } from "../onnx/random.ts";
import { type FeatureRows, rowCount } from "./feature-rows.ts";
import { resampledFrechet } from "./resampled-frechet.ts";
import { STREAMS } from "./resampling.ts";

export interface FdInfinityOptions {
  /** sizes at which the distance is measured, >= 2; default 15 */
  readonly points?: number;
  /** smallest size as a share of the generated rows, in (0, 1); default 0.1, as Chong and Forsyth's 5,000 of 50,000 */
  readonly from?: number;
  /** random subsets at each size but the last, whose mean is the point; default 1 */
  readonly repeats?: number;
  /** default 0 */
  readonly seed?: number;
}

export interface FdInfinity {
  /** the line at 1/n = 0; may be below 0 */
  readonly value: number;
  /** of the line: distance = value + slope / n */
  readonly slope: number;
  /** R^2 of the line, in [0, 1]; well below 1 the extrapolation means nothing */
  readonly fit: number;
  /** by size; the last is the distance of all rows */
  readonly points: readonly { readonly n: number; readonly value: number }[];
}

/**
 * Frechet distance extrapolated to infinitely many generated rows (Chong and Forsyth 2020): distances of random subsets of several
 * sizes, a straight line in 1/n by least squares, its value at 0. What the finite reference set adds stays in. The bias is a line in 1/n
 * only where n is well above the number of directions that matter; `fit` and `points` show whether it is.
 * Cost: `points` x `repeats` distances; see `resampledFrechet`. The same rows and seed give the same bytes.
 * @throws RangeError as frechetDistance, and where the sizes would be fewer than 2 rows or not all different
 */
export async function fdInfinity(
  reference: FeatureRows,
  generated: FeatureRows,
  { points: count = 15, from = 0.1, repeats = 1, seed = 0 }: FdInfinityOptions = {},
): Promise<FdInfinity> {
  const n = rowCount(generated);
  const sizes = Array.from({ length: count }, (_, i) => Math.round(n * (from + ((1 - from) * i) / (count - 1))));
  if (!(count >= 2 && from > 0 && from < 1) || (sizes[0] ?? 0) < 2 || new Set(sizes).size < count) {
    throw new RangeError(`${n} generated rows do not give ${count} sizes of at least 2 rows from ${from * 100}% up.`);
  }
  const resampled = await resampledFrechet(reference, generated);
  const points: { n: number; value: number }[] = [];
  for (const size of sizes) {
    let [sum, taken] = [0, 0];
    for (; taken < (size === n ? 1 : repeats); taken++) {
      const random = new Random(seed, STREAMS.frechetSubsets, size, taken);
      sum += await resampled.distance({ generated: size === n ? undefined : subset(n, size, random) });
    }
    points.push({ n: size, value: sum / taken });
  }
  return { ...line(points.map((point) => ({ x: 1 / point.n, y: point.value }))), points };
}

/** 1 for `size` random ones of n, 0 for the others. */
function subset(n: number, size: number, random: Random): Uint8Array {
  const counts = new Uint8Array(n);
  for (const i of random.permutation(n).subarray(0, size)) counts[i] = 1;
  return counts;
}

function line(points: readonly { x: number; y: number }[]): { value: number; slope: number; fit: number } {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  const [xx, xy, yy] = [mean((p) => (p.x - x) ** 2), mean((p) => (p.x - x) * (p.y - y)), mean((p) => (p.y - y) ** 2)];
  return { value: y - (xy / xx) * x, slope: xy / xx, fit: yy === 0 ? 1 : xy ** 2 / (xx * yy) };
}
