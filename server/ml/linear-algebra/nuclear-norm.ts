import { bidiagonalForm } from "./band-reduction.ts";
import { type Bidiagonal, bidiagonalSingularValues } from "./bidiagonal.ts";
import { bidiagonalNuclearNorm } from "./bidiagonal-norm.ts";
import type { Matrix } from "./matrix.ts";

/** Both sides at least this long: in two stages. One against two, n x n: 2 and 6 ms at 100, 7 and 9 at 159, 24 and 15 at 250, 93 and 41 at 400. */
const LARGE = 160;
/** Singular values at least so many: their sum without them. */
const MANY = 32;

/**
 * Sum of the singular values of a matrix, each of which is right to a small multiple of 2.2e-16 of the largest: unlike square roots of
 * eigenvalues of the product with its transpose, which keep half of the digits of small ones. Uses up the matrix.
 */
export async function nuclearNorm(matrix: Matrix): Promise<number> {
  const { diagonal, superdiagonal, scale } = await bidiagonal(matrix);
  if (diagonal.length >= MANY) return bidiagonalNuclearNorm(diagonal, superdiagonal) * scale;
  return bidiagonalSingularValues(diagonal, superdiagonal).reduce((sum, value) => sum + value, 0) * scale;
}

/** min(rows, columns) singular values in no order, one by one: with them the tests look at what `nuclearNorm` adds up. Uses up the matrix. */
export async function singularValues(matrix: Matrix): Promise<Float64Array> {
  const { diagonal, superdiagonal, scale } = await bidiagonal(matrix);
  return bidiagonalSingularValues(diagonal, superdiagonal).map((value) => value * scale);
}

/** With the singular values of the matrix, over scale. */
async function bidiagonal(matrix: Matrix): Promise<Bidiagonal & { scale: number }> {
  const n = Math.min(matrix.rows, matrix.columns);
  const scale = largest(matrix.values);
  if (scale === 0) {
    return { diagonal: new Float64Array(n), superdiagonal: new Float64Array(Math.max(0, n - 1)), scale };
  }
  const upright = scaled(matrix, 1 / scale);
  return { ...(n < LARGE ? smallBidiagonal(upright) : await bidiagonalForm(upright)), scale };
}

/** By Householder's reflectors of a column and a row in turns; for at least as many rows as columns. Uses up the matrix. */
function smallBidiagonal({ rows: m, columns: n, values: a }: Matrix): Bidiagonal {
  const diagonal = new Float64Array(n);
  const superdiagonal = new Float64Array(Math.max(0, n - 1));
  const work = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = reflectColumn(a, { m, n, k }, work);
    if (k < n - 1) superdiagonal[k] = reflectRow(a, { m, n, k });
  }
  return { diagonal, superdiagonal };
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

/** The matrix, in its memory, or its transpose, whichever is no wider than long, times a factor. */
function scaled({ rows, columns, values }: Matrix, factor: number): Matrix {
  if (rows >= columns) {
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * factor;
    return { rows, columns, values };
  }
  const turned = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = (values[i * columns + j] ?? 0) * factor;
  }
  return { rows: columns, columns: rows, values: turned };
}
