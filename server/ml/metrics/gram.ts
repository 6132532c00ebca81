import type { Matrix } from "../linear-algebra/matrix.ts";
import { nuclearNorm } from "../linear-algebra/nuclear-norm.ts";
import { timesTransposed } from "../linear-algebra/products.ts";
import { centredRows, columnMeans, type FeatureRows, rowCount } from "./feature-rows.ts";

/** Inner products of all rows of two sets, around their common mean: all that a Frechet distance of any of their rows needs. */
export interface Grams {
  readonly first: Matrix;
  readonly second: Matrix;
  readonly cross: Matrix;
}

/** How often each row of a set counts, 0 for a row left out. */
export type RowCounts = ArrayLike<number>;

/** @throws RangeError for NaN or infinities (naming the row) */
export async function gramsOf(a: FeatureRows, b: FeatureRows): Promise<Grams> {
  const [meanA, meanB] = [columnMeans(a), columnMeans(b)];
  const share = rowCount(a) / (rowCount(a) + rowCount(b));
  // distances do not change with the origin, but digits do
  const origin = meanA.map((value, j) => share * value + (1 - share) * (meanB[j] ?? 0));
  const [first, second] = [centredRows(a, origin, 1), centredRows(b, origin, 1)];
  return {
    first: await timesTransposed(first, first),
    second: await timesTransposed(second, second),
    cross: await timesTransposed(first, second),
  };
}

/**
 * Frechet distance of two sets of which each row counts as often as given (a resample, or a part). The same value as that of
 * the written-out rows, at the price of the singular values of a matrix [different rows of the first, ... of the second].
 */
export async function frechetOfCounts(grams: Grams, counts: { first: RowCounts; second: RowCounts }): Promise<number> {
  const [a, b] = [present(counts.first), present(counts.second)];
  const shiftA = quadratic(grams.first, a, a) / a.total ** 2;
  const shiftB = quadratic(grams.second, b, b) / b.total ** 2;
  const shift = shiftA + shiftB - (2 * quadratic(grams.cross, a, b)) / (a.total * b.total);
  const traces = trace(grams.first, a, shiftA) + trace(grams.second, b, shiftB);
  return Math.max(0, Math.max(0, shift) + traces - 2 * (await nuclearNorm(weightedCross(grams.cross, a, b))));
}

interface Present {
  readonly rows: number[];
  readonly weights: Float64Array;
  readonly total: number;
}

function present(counts: RowCounts): Present {
  const rows = Array.from(counts, (_, i) => i).filter((i) => (counts[i] ?? 0) > 0);
  const weights = Float64Array.from(rows, (i) => counts[i] ?? 0);
  return { rows, weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
}

/** sum of w_i v_j G_ij */
function quadratic({ columns, values }: Matrix, a: Present, b: Present): number {
  let sum = 0;
  for (const [k, i] of a.rows.entries()) {
    let own = 0;
    for (const [l, j] of b.rows.entries()) own += (b.weights[l] ?? 0) * (values[i * columns + j] ?? 0);
    sum += own * (a.weights[k] ?? 0);
  }
  return sum;
}

/** tr S from the squared lengths of the rows and of their mean */
function trace({ columns, values }: Matrix, { rows, weights, total }: Present, meanSquare: number): number {
  let sum = 0;
  for (const [k, i] of rows.entries()) sum += (weights[k] ?? 0) * (values[i * columns + i] ?? 0);
  return (sum - total * meanSquare) / (total - 1);
}

/** A B^T of the centred rows, scaled so that A^T A and B^T B are the covariances. */
function weightedCross({ columns, values }: Matrix, a: Present, b: Present): Matrix {
  const width = b.rows.length;
  const cross = new Float64Array(a.rows.length * width);
  const columnMean = new Float64Array(width);
  let all = 0;
  const rowMean = Float64Array.from(a.rows, (i, k) => {
    let sum = 0;
    for (const [l, j] of b.rows.entries()) {
      const value = values[i * columns + j] ?? 0;
      cross[k * width + l] = value;
      sum += (b.weights[l] ?? 0) * value;
      columnMean[l] = (columnMean[l] ?? 0) + ((a.weights[k] ?? 0) * value) / a.total;
    }
    all += ((a.weights[k] ?? 0) * sum) / (a.total * b.total);
    return sum / b.total;
  });
  for (let k = 0; k < a.rows.length; k++) {
    for (let l = 0; l < width; l++) {
      const scale = Math.sqrt(((a.weights[k] ?? 0) * (b.weights[l] ?? 0)) / ((a.total - 1) * (b.total - 1)));
      cross[k * width + l] = ((cross[k * width + l] ?? 0) - (rowMean[k] ?? 0) - (columnMean[l] ?? 0) + all) * scale;
    }
  }
  return { rows: a.rows.length, columns: width, values: cross };
}
