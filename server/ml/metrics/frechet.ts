import { choleskyFactor } from "../linear-algebra/cholesky.ts";
import { type LowerTriangle, transposed, transposedTimes } from "../linear-algebra/lower-triangle.ts";
import type { Matrix } from "../linear-algebra/matrix.ts";
import { nuclearNorm } from "../linear-algebra/nuclear-norm.ts";
import { timesTransposed } from "../linear-algebra/products.ts";
import {
  assertComparable,
  centredRows,
  columnMeans,
  type FeatureRows,
  rowCount,
  sumOfSquares,
} from "./feature-rows.ts";
import { scatter } from "./scatter.ts";

/** What a Frechet distance needs of one set of rows; keep it where one set is compared with many. */
export interface Moments {
  readonly n: number;
  /** [width] */
  readonly mean: Float64Array;
  /** A [at most width, width], or its transpose as a lower triangle: A^T A is n - 1 times the covariance S */
  readonly factor: Matrix | LowerTriangle;
  /** tr S */
  readonly trace: number;
}

/**
 * Frechet distance of two sets of features as if both were Gaussian (Dowson and Landau 1982; Heusel et al. 2017):
 *
 *     |mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), in [0, inf), in squared units of the features
 *
 * with unbiased covariances (n - 1), as numpy.cov and pytorch-fid have them; the value is biased upwards for few rows
 * (`fdInfinity` shows by how much). In double precision throughout. With S1 = A^T A and S2 = B^T B, the trace of the root is
 * the sum of the singular values of A B^T, so no square root of a matrix is taken, no ridge is added, and singular covariances
 * (fewer rows than columns, constant or repeated columns) are no special case: A is the centred rows themselves where there are at
 * most as many as columns, and a Cholesky factor of the covariance otherwise.
 * Against SciPy's: 1e-8 relative where covariances are regular, 1e-6 where they are singular (the error is then SciPy's).
 * Equal sets give 0 to within 1e-12 of the trace; what rounding puts below 0 is 0.
 * @throws RangeError for different widths, fewer than 2 rows on a side, and NaN or infinities (naming the row)
 */
export async function frechetDistance(a: FeatureRows, b: FeatureRows): Promise<number> {
  assertComparable(a, b);
  return frechetOfMoments(await frechetMoments(a), await frechetMoments(b));
}

/** @throws RangeError as frechetDistance */
export async function frechetMoments(rows: FeatureRows): Promise<Moments> {
  assertComparable(rows, rows);
  const n = rowCount(rows);
  if (n > rows.width) {
    const { mean, scatter: s } = await scatter(rows);
    return { n, mean, factor: await choleskyFactor(s), trace: traceOf(s) / (n - 1) };
  }
  const mean = columnMeans(rows);
  const factor = centredRows(rows, mean, 1);
  return { n, mean, factor, trace: sumOfSquares(factor.values) / (n - 1) };
}

export async function frechetOfMoments(a: Moments, b: Moments): Promise<number> {
  const shift = a.mean.reduce((sum, value, j) => sum + (value - (b.mean[j] ?? 0)) ** 2, 0);
  const overlap = await nuclearNorm(await crossed(a.factor, b.factor));
  return Math.max(0, shift + a.trace + b.trace - (2 * overlap) / Math.sqrt((a.n - 1) * (b.n - 1)));
}

/** A B^T, in new memory. */
function crossed(a: Moments["factor"], b: Moments["factor"]): Promise<Matrix> {
  if ("size" in a && "size" in b) return transposedTimes(a, b);
  const [left, right] = [a, b].map((factor) => ("size" in factor ? transposed(factor) : factor)) as [Matrix, Matrix];
  return timesTransposed(left, right);
}

function traceOf({ columns }: LowerTriangle): number {
  let sum = 0;
  for (const { columns: count, values } of columns) {
    for (let i = 0; i < count; i++) sum += values[i * (count + 1)] ?? 0;
  }
  return sum;
}
