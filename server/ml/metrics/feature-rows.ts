import type { Matrix } from "../linear-algebra/matrix.ts";

/** Encoder features of n images: [n, width], row after row. */
export interface FeatureRows {
  readonly values: Float32Array | Float64Array;
  readonly width: number;
}

/** Number of rows. Throws where the numbers are no whole rows. */
export function rowCount({ values, width }: FeatureRows): number {
  const n = values.length / width;
  if (!(width > 0) || !Number.isInteger(n)) {
    throw new RangeError(`${values.length} numbers are no rows of width ${width}.`);
  }
  return n;
}

/** Throws RangeError where two sets of features are of different encoders (widths) or a side has fewer than two rows. */
export function assertComparable(a: FeatureRows, b: FeatureRows): void {
  if (a.width !== b.width) throw new RangeError(`Features of widths ${a.width} and ${b.width} cannot be compared.`);
  for (const n of [rowCount(a), rowCount(b)]) {
    if (n < 2) throw new RangeError(`${n} ${n === 1 ? "row has" : "rows have"} no covariance: 2 are the least.`);
  }
}

/**
 * Column means, in double precision.
 * @throws RangeError naming the row (from 0) and column of the first number that isn't finite
 */
export function columnMeans(rows: FeatureRows): Float64Array {
  const { values, width } = rows;
  const n = rowCount(rows);
  const sums = new Float64Array(width);
  for (let start = 0; start < values.length; start += width) {
    for (let j = 0; j < width; j++) sums[j] = (sums[j] ?? 0) + (values[start + j] ?? 0);
  }
  // a sum of finite float32 numbers is finite, and NaN and infinities never leave a sum; finite doubles may overflow
  if (!sums.every(Number.isFinite)) assertFinite(rows);
  return sums.map((sum) => sum / n);
}

function assertFinite({ values, width }: FeatureRows): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) throw new RangeError("The features are too large to be added up.");
  throw new RangeError(
    `Row ${Math.floor(bad / width)} holds ${values[bad]} in column ${bad % width}, not a finite number.`,
  );
}

/** (row - mean) * scale, as doubles. */
export function centredRows({ values, width }: FeatureRows, mean: Float64Array, scale: number): Matrix {
  const centred = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    for (let j = 0; j < width; j++) centred[start + j] = ((values[start + j] ?? 0) - (mean[j] ?? 0)) * scale;
  }
  return { rows: values.length / width, columns: width, values: centred };
}

/** Sum of the squares of all elements: tr(A^T A). */
export function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return sum;
}
