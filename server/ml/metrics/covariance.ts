import type { Matrix } from "../linear-algebra/matrix.ts";
import { timesTransposed } from "../linear-algebra/matrix-product.ts";
import { type FeatureRows, rowCount } from "./feature-rows.ts";

/** Rows at a time: bounds the memory in doubles (67 MB at width 2,048). */
const CHUNK = 4096;

/** Unbiased covariance [width, width] of rows around their given mean, in double precision. */
export async function covariance(rows: FeatureRows, mean: Float64Array): Promise<Matrix> {
  const { width } = rows;
  const n = rowCount(rows);
  const sum = new Float64Array(width * width);
  for (let start = 0; start < n; start += CHUNK) {
    const chunk = centredColumns(rows, mean, { start, end: Math.min(n, start + CHUNK) });
    const { values } = await timesTransposed(chunk, chunk);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0);
  }
  return { rows: width, columns: width, values: sum.map((value) => value / (n - 1)) };
}

/** [width, rows]: a row for each column of the features. */
function centredColumns(
  { values, width }: FeatureRows,
  mean: Float64Array,
  { start, end }: { start: number; end: number },
): Matrix {
  const n = end - start;
  const columns = new Float64Array(width * n);
  for (let i = 0; i < n; i++) {
    const row = (start + i) * width;
    for (let j = 0; j < width; j++) columns[j * n + i] = (values[row + j] ?? 0) - (mean[j] ?? 0);
  }
  return { rows: width, columns: n, values: columns };
}
