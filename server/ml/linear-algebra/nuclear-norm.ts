import { bandSingularValues } from "./band-reduction.ts";
import { bidiagonalSingularValues } from "./bidiagonal.ts";
import type { Matrix } from "./matrix.ts";

/**
 * Sum of the singular values of a matrix. Each is right to a small multiple of 2.2e-16 of the largest: unlike square roots of
 * eigenvalues of the product with its transpose, which keep half of the digits of small ones.
 */
export async function nuclearNorm(matrix: Matrix): Promise<number> {
  return (await singularValues(matrix)).reduce((sum, value) => sum + value, 0);
}

/** Both sides at least this long: in two stages. One against two, n x n: 2 and 6 ms at 100, 7 and 9 at 159, 24 and 15 at 250, 93 and 41 at 400. */
const LARGE = 160;

/** min(rows, columns) singular values in no order. Reads the matrix. */
export async function singularValues(matrix: Matrix): Promise<Float64Array> {
  const scale = largest(matrix.values);
  if (scale === 0) return new Float64Array(Math.min(matrix.rows, matrix.columns));
  const upright = scaled(matrix, 1 / scale);
  const values = upright.columns < LARGE ? smallSingularValues(upright) : await bandSingularValues(upright);
  return values.map((value) => value * scale);
}

/** By Householder bidiagonalisation and QR steps; for at least as many rows as columns. Uses up the matrix. */
function smallSingularValues({ rows: m, columns: n, values: a }: Matrix): Float64Array {
  const diagonal = new Float64Array(n);
  const superdiagonal = new Float64Array(Math.max(0, n - 1));
  const work = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = reflectColumn(a, { m, n, k }, work);
    if (k < n - 1) superdiagonal[k] = reflectRow(a, { m, n, k });
  }
  return bidiagonalSingularValues(diagonal, superdiagonal);
}

interface Place {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Zeroes column k below the diagonal and gives what is left on it. */
function reflectColumn(a: Float64Array, { m, n, k }: Place, work: Float64Array): number {
  let square = 0;
  for (let i = k; i < m; i++) square += (a[i * n + k] ?? 0) ** 2;
  const head = a[k * n + k] ?? 0;
  const left = head > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  if (left === 0) return 0;
  const beta = 1 / (square - head * left);
  a[k * n + k] = head - left;
  work.fill(0, k + 1);
  for (let i = k; i < m; i++) {
    const v = a[i * n + k] ?? 0;
    for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) work[j] = (work[j] ?? 0) + v * (a[at] ?? 0);
  }
  for (let i = k; i < m; i++) {
    const v = (a[i * n + k] ?? 0) * beta;
    for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) a[at] = (a[at] ?? 0) - v * (work[j] ?? 0);
  }
  return left;
}

/** Zeroes row k right of the superdiagonal and gives what is left on that. */
function reflectRow(a: Float64Array, { m, n, k }: Place): number {
  const row = k * n;
  let square = 0;
  for (let j = k + 1; j < n; j++) square += (a[row + j] ?? 0) ** 2;
  const head = a[row + k + 1] ?? 0;
  const left = head > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  if (left === 0) return 0;
  const beta = 1 / (square - head * left);
  a[row + k + 1] = head - left;
  for (let i = k + 1; i < m; i++) {
    let dot = 0;
    for (let j = k + 1; j < n; j++) dot += (a[i * n + j] ?? 0) * (a[row + j] ?? 0);
    dot *= beta;
    for (let j = k + 1; j < n; j++) a[i * n + j] = (a[i * n + j] ?? 0) - dot * (a[row + j] ?? 0);
  }
  return left;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

/** The matrix or its transpose, whichever is no wider than long, times a factor, in new memory. */
function scaled({ rows, columns, values }: Matrix, factor: number): Matrix {
  const copy = new Float64Array(values.length);
  if (rows >= columns) {
    for (let i = 0; i < copy.length; i++) copy[i] = (values[i] ?? 0) * factor;
    return { rows, columns, values: copy };
  }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) copy[j * rows + i] = (values[i * columns + j] ?? 0) * factor;
  }
  return { rows: columns, columns: rows, values: copy };
}
