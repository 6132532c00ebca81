import { type Block, BYTES, Kernels, roundedUp } from "./kernels.ts";
import { BLOCK, type LowerTriangle, rowsOf, transposed } from "./lower-triangle.ts";
import type { Matrix } from "./matrix.ts";
import { product, zeros } from "./products.ts";

/**
 * A factor of a symmetric positive semi-definite S, given by its lower triangle, of any rank: L with L L^T = S where S is regular; where a
 * pivot falls below d 2.2e-16 of the largest diagonal element (rounding), `pivotedCholesky`'s rows R [rank, d] with R^T R = S. Reads S.
 */
export async function choleskyFactor(s: LowerTriangle): Promise<LowerTriangle | Matrix> {
  return (await blockedCholesky(s)) ?? pivotedCholesky(mirrored(s));
}

/** L, block column by block column. Undefined where S is not regular. */
async function blockedCholesky(s: LowerTriangle): Promise<LowerTriangle | undefined> {
  const diagonal = new DiagonalBlock(Math.min(s.size, BLOCK));
  const tolerance = toleranceOf(diagonalOf(s));
  const columns = s.columns.map((column) => ({ ...column, values: column.values.slice() }));
  for (const [k, column] of columns.entries()) {
    const count = column.columns;
    const found = diagonal.factor(column, tolerance);
    if (!found) return undefined;
    if (column.rows > count) {
      const below = await solved(rowsOf(column, count, column.rows), found);
      await takeOff(below, columns.slice(k + 1));
      column.values.set(below.values, count * count);
    }
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) column.values[i * count + j] = found.factor.values[j * count + i] ?? 0;
    }
  }
  return { size: s.size, columns };
}

/**
 * X with X R = D for a regular upper triangular R: D R^-1, and what is still wanting once more, because a product with an
 * inverse alone would lose as many digits as R is ill-conditioned.
 */
async function solved(d: Matrix, { factor, inverse }: Triangle): Promise<Matrix> {
  const x = await product("times", { a: d, b: inverse }, zeros(d.rows, d.columns));
  const wanting = await product("takeTimes", { a: x, b: factor, d }, d);
  return product("addTimes", { a: wanting, b: inverse, d: x }, x);
}

/** D_i - L[i..] L_i^T for all block columns D_i that follow, in their memory. */
async function takeOff(below: Matrix, columns: readonly Matrix[]): Promise<void> {
  let start = 0;
  for (const d of columns) {
    const [a, b] = [rowsOf(below, start, below.rows), rowsOf(below, start, start + d.columns)];
    await product("takeTimesTransposed", { a, b, d }, d);
    start += d.columns;
  }
}

interface Triangle {
  /** R [count, count] */
  readonly factor: Matrix;
  /** R^-1 */
  readonly inverse: Matrix;
}

/** The factor of a block on the diagonal, row by row: each is that of the matrix without those before, over the root of its pivot. */
class DiagonalBlock {
  private readonly kernels: Kernels;
  private readonly rows: Block;
  private readonly coefficients: Block;
  private readonly stride: number;

  constructor(size: number) {
    this.stride = roundedUp(size);
    const lengths = [size * this.stride, size];
    this.kernels = new Kernels(lengths);
    this.rows = this.kernels.take(lengths[0] ?? 0);
    this.coefficients = this.kernels.take(size);
  }

  /** Takes the lower triangle of the first rows; undefined where a pivot isn't above the tolerance. */
  factor({ columns: count, values: s }: Matrix, tolerance: number): Triangle | undefined {
    const { stride, coefficients } = this;
    const { values } = this.rows;
    values.fill(0);
    for (let i = 0; i < count; i++) {
      const at = i * stride;
      for (let j = i; j < count; j++) values[at + j] = s[j * count + i] ?? 0;
      for (let k = 0; k < i; k++) coefficients.values[k] = -(values[k * stride + i] ?? 0);
      this.combine(0, i, i);
      const pivot = values[at + i] ?? 0;
      if (!(pivot > tolerance)) return undefined;
      values.fill(0, at, at + i);
      const scale = 1 / Math.sqrt(pivot);
      for (let j = i; j < count; j++) values[at + j] = (values[at + j] ?? 0) * scale;
    }
    const factor = this.matrix(count);
    this.invert(factor);
    return { factor, inverse: this.matrix(count) };
  }

  /** From the last row up: that of the unit matrix without what the rows below bring, over the pivot. */
  private invert({ columns: count, values: r }: Matrix): void {
    const { stride, coefficients } = this;
    const { values } = this.rows;
    for (let i = count - 1; i >= 0; i--) {
      const at = i * stride;
      const scale = 1 / (r[i * count + i] ?? 0);
      values.fill(0, at, at + stride);
      values[at + i] = scale;
      for (let k = i + 1; k < count; k++) coefficients.values[k - i - 1] = -(r[i * count + k] ?? 0) * scale;
      this.combine(i + 1, count - i - 1, i);
    }
  }

  /** Adds to a row, from the eighth before its diagonal on, `rows` rows from `first` on times the coefficients. */
  private combine(first: number, rows: number, row: number): void {
    const { kernels, stride } = this;
    const from = Math.floor(row / 8) * 8;
    const at = (i: number) => this.rows.pointer + (i * stride + from) * BYTES;
    kernels.run.combine(at(first), stride * BYTES, rows, this.coefficients.pointer, (stride - from) * BYTES, at(row));
  }

  private matrix(count: number): Matrix {
    const all = zeros(count, count);
    for (let i = 0; i < count; i++) {
      all.values.set(this.rows.values.subarray(i * this.stride, i * this.stride + count), i * count);
    }
    return all;
  }
}

/**
 * The same for an S of any rank, by complete pivoting (columns keep their order, so R isn't triangular). It ends where what is left
 * of the diagonal is rounding: Higham 2002, section 10.3. Zero gives 0 rows. rank^2 d operations, one vector at a time.
 */
function pivotedCholesky(s: Matrix): Matrix {
  const { rows: d, values } = s;
  const left = Float64Array.from({ length: d }, (_, i) => values[i * d + i] ?? 0);
  const tolerance = toleranceOf(left);
  const stride = roundedUp(d);
  const kernels = new Kernels([d * stride, d]);
  const [r, coefficients] = [kernels.take(d * stride), kernels.take(d)];
  let rank = 0;
  for (; rank < d; rank++) {
    const pivot = indexOfLargest(left);
    if ((left[pivot] ?? 0) <= tolerance) break;
    const at = rank * stride;
    r.values.set(values.subarray(pivot * d, (pivot + 1) * d), at);
    for (let k = 0; k < rank; k++) coefficients.values[k] = -(r.values[k * stride + pivot] ?? 0);
    kernels.run.combine(r.pointer, stride * BYTES, rank, coefficients.pointer, stride * BYTES, r.pointer + at * BYTES);
    takePivot(r.values.subarray(at, at + d), left, pivot);
  }
  const factor = zeros(rank, d);
  for (let i = 0; i < rank; i++) factor.values.set(r.values.subarray(i * stride, i * stride + d), i * d);
  return factor;
}

/** Scales the pivot's row and takes it off what is left of the diagonal, where -1 marks the columns that were pivots. */
function takePivot(row: Float64Array, left: Float64Array, pivot: number): void {
  const root = Math.sqrt(left[pivot] ?? 0);
  for (let j = 0; j < row.length; j++) {
    const own = left[j] ?? 0;
    row[j] = own < 0 ? 0 : (row[j] ?? 0) / root;
    if (own >= 0) left[j] = Math.max(0, own - (row[j] ?? 0) ** 2);
  }
  row[pivot] = root;
  left[pivot] = -1;
}

function toleranceOf(diagonal: Float64Array): number {
  return diagonal.length * Number.EPSILON * diagonal.reduce((most, value) => Math.max(most, value), 0);
}

function diagonalOf({ size, columns }: LowerTriangle): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const column = columns[Math.floor(i / BLOCK)];
    return column?.values[(i % BLOCK) * (column.columns + 1)] ?? 0;
  });
}

function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[largest] ?? 0)) largest = i;
  return largest;
}

/** The whole matrix of a lower triangle. */
function mirrored(s: LowerTriangle): Matrix {
  const all = transposed(s);
  const { rows: d, values } = all;
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) values[i * d + j] = values[j * d + i] ?? 0;
  return all;
}
