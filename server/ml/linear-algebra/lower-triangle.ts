import type { Matrix } from "./matrix.ts";
import { product, zeros } from "./products.ts";

/** Columns of a block. */
export const BLOCK = 192;
/** Rows of a block column that are transposed at a time, so that a cache line that is begun is finished. */
const TILE = 16;

/**
 * A lower triangle [size, size] by block columns, [rows from the block's diagonal on, at most BLOCK] each: half the memory of the whole, and
 * the rows from any one on lie together, as products want them.
 */
export interface LowerTriangle {
  readonly size: number;
  readonly columns: readonly Matrix[];
}

/** Of zeros. */
export function lowerTriangle(size: number): LowerTriangle {
  const columns = Array.from({ length: Math.ceil(size / BLOCK) }, (_, k) =>
    zeros(size - k * BLOCK, Math.min(BLOCK, size - k * BLOCK)),
  );
  return { size, columns };
}

/** The rows of a matrix from one on to another, in its memory. */
export function rowsOf({ columns, values }: Matrix, start: number, end: number): Matrix {
  return { rows: end - start, columns, values: values.subarray(start * columns, end * columns) };
}

/** L^T [size, size] with zeros below its diagonal. */
export function transposed({ size, columns }: LowerTriangle): Matrix {
  const r = zeros(size, size);
  for (const [k, { rows, columns: count, values }] of columns.entries()) {
    const corner = k * BLOCK * (size + 1);
    for (let i = 0; i < rows; i += TILE) {
      const end = Math.min(rows, i + TILE);
      for (let j = 0; j < Math.min(count, end); j++) {
        for (let m = Math.max(i, j); m < end; m++) r.values[corner + j * size + m] = values[m * count + j] ?? 0;
      }
    }
  }
  return r;
}

/**
 * A^T B [size, size] of two lower triangles with zeros above their diagonals: two fifths of the operations of a product of whole matrices,
 * because no block of it needs rows above the later of its two block columns.
 */
export async function transposedTimes(a: LowerTriangle, b: LowerTriangle): Promise<Matrix> {
  const { size } = a;
  if (size !== b.size) throw new Error(`[${size}, ${size}] does not fit [${b.size}, ${b.size}].`);
  const whole = zeros(size, size);
  for (const [i, left] of a.columns.entries()) {
    for (const [j, right] of b.columns.entries()) {
      const first = Math.max(i, j);
      const below = (column: Matrix, k: number) => rowsOf(column, (first - k) * BLOCK, column.rows);
      const block = await product(
        "transposedTimes",
        { a: below(left, i), b: below(right, j) },
        zeros(left.columns, right.columns),
      );
      for (let row = 0; row < block.rows; row++) {
        whole.values.set(rowsOf(block, row, row + 1).values, (i * BLOCK + row) * size + j * BLOCK);
      }
    }
  }
  return whole;
}
