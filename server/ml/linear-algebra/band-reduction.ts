import { Band } from "./band-chase.ts";
import type { Bidiagonal } from "./bidiagonal.ts";
import type { Matrix } from "./matrix.ts";
import { PanelReflections, type Reflectors } from "./panel.ts";
import { product, zeros } from "./products.ts";

/** Superdiagonals of the band: wider makes the products faster and the chase slower (ARCHITECTURE.md has the numbers). */
const WIDTH = 64;

/**
 * A bidiagonal matrix with the singular values of a large one with at least as many rows as columns, in two stages. Blocks of reflectors
 * from the left and from the right in turns leave an upper triangular band (Grosser and Lang 1999), which is then chased; nearly all of the
 * 4 n^2 (m - n / 3) operations are products in ONNX Runtime, where the classic reduction to two diagonals is half memory-bound products
 * with vectors. For matrices whose largest number is about 1. Uses up the matrix.
 */
export async function bidiagonalForm(matrix: Matrix): Promise<Bidiagonal> {
  const { rows, columns } = matrix;
  const band = new Band(columns, WIDTH);
  const reflections = new PanelReflections(WIDTH, rows);
  let rest = matrix;
  for (let start = 0; ; start += WIDTH) {
    const count = Math.min(WIDTH, rest.columns);
    const left = reflections.reflect(firstColumns(rest, count));
    // the panel lies on its side: what is left of a row is a column of the band's triangle
    for (let j = 0; j < count; j++) {
      for (let i = 0; i <= j; i++) band.set(start + i, start + j, left.left[j * count + i] ?? 0);
    }
    const beside = rest.columns - count;
    if (beside === 0) return band.chased();
    const projected = await project(rest, left);
    const right = reflections.reflect(await topRows(rest, left, projected));
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= Math.min(i, beside - 1); j++) {
        band.set(start + i, start + count + j, right.left[i * count + j] ?? 0);
      }
    }
    rest = await update(rest, { left, projected, right });
  }
}

/** [count, rows] */
function firstColumns({ rows, columns, values }: Matrix, count: number): Matrix {
  const panel = zeros(count, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) panel.values[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return panel;
}

/** G = T^T V A [count, columns beside the panel], with which the reflectors from the left make A - V^T G of A. */
async function project(a: Matrix, { vectors, factor }: Reflectors): Promise<Matrix> {
  const all = await product("project", { t: factor, a: vectors, b: a }, zeros(vectors.rows, a.columns));
  return part(all, { row: 0, column: vectors.rows });
}

/** The rows beside the panel's triangle, after the reflectors from the left. */
function topRows(a: Matrix, { vectors }: Reflectors, projected: Matrix): Promise<Matrix> {
  const count = vectors.rows;
  const square = zeros(count, count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) square.values[i * count + j] = vectors.values[j * vectors.columns + i] ?? 0;
  }
  const d = part({ ...a, rows: count }, { row: 0, column: count });
  return product("takeTimes", { a: square, b: projected, d }, zeros(count, projected.columns));
}

/**
 * The matrix below and beside the panel after reflectors from both sides: with B = A - V^T G,
 * B - (B U^T S) U = A - V^T G - Y U, Y = (A U^T - V^T (G U^T)) S: one product of [V^T, Y] and [G; U]. In the memory of A.
 */
async function update(
  a: Matrix,
  { left, projected, right }: { left: Reflectors; projected: Matrix; right: Reflectors },
): Promise<Matrix> {
  const count = left.vectors.rows;
  const [rows, columns] = [a.rows - count, a.columns - count];
  // zeros where the panel is, so that A is taken as it lies
  const [u, g] = [widened(right.vectors, count), widened(projected, count)];
  const v = firstColumns(left.vectors, a.rows);
  const y = await product("reach", { a, b: u, v, g, t: right.factor }, zeros(a.rows, count));
  const both = zeros(rows, 2 * count);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) {
      both.values[i * 2 * count + j] = v.values[(i + count) * count + j] ?? 0;
      both.values[i * 2 * count + count + j] = y.values[(i + count) * count + j] ?? 0;
    }
  }
  const stacked = zeros(2 * count, columns);
  stacked.values.set(projected.values);
  stacked.values.set(right.vectors.values, count * columns);
  const d = part(a, { row: count, column: count }, a.values);
  return product("takeTimes", { a: both, b: stacked, d }, d);
}

/** The part from a row and a column on; into its own memory it is moved. */
function part(
  { rows, columns, values }: Matrix,
  { row, column }: { row: number; column: number },
  into: Float64Array = new Float64Array((rows - row) * (columns - column)),
): Matrix {
  const length = columns - column;
  for (let i = row; i < rows; i++) {
    const from = i * columns + column;
    into.set(values.subarray(from, from + length), (i - row) * length);
  }
  return { rows: rows - row, columns: length, values: into.subarray(0, (rows - row) * length) };
}

/** With columns of zeros before. */
function widened({ rows, columns, values }: Matrix, by: number): Matrix {
  const wide = zeros(rows, by + columns);
  for (let i = 0; i < rows; i++) {
    wide.values.set(values.subarray(i * columns, (i + 1) * columns), i * (by + columns) + by);
  }
  return wide;
}
