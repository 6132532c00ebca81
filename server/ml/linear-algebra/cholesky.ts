import { type Block, BYTES, Kernels, roundedUp } from "./kernels.ts";
import type { Matrix } from "./matrix.ts";
import { product, zeros } from "./products.ts";

/** Rows of the factor that are made at a time, between products. */
const PANEL = 96;

/**
 * R with R^T R = S for a symmetric positive semi-definite S [d, d] of any rank: [rank, d]. Upper triangular, in blocks, where S is
 * regular; where a pivot falls below d 2.2e-16 of the largest diagonal element (rounding), by `pivotedCholesky` instead. Takes the upper triangle of S alone.
 */
export async function choleskyFactor(s: Matrix): Promise<Matrix> {
  return (await blockedCholesky(s)) ?? pivotedCholesky(mirrored(s));
}

/** Undefined where S is not regular. */
async function blockedCholesky(s: Matrix): Promise<Matrix | undefined> {
  const d = s.rows;
  const tolerance = toleranceOf(s);
  const r = zeros(d, d);
  const rows = new PanelRows(d);
  let rest: Matrix = { ...s, values: s.values.slice() };
  for (let start = 0; ; start += PANEL) {
    const count = Math.min(PANEL, rest.rows);
    const panel = rows.factor(rest, count, tolerance);
    if (!panel) return undefined;
    for (let i = 0; i < count; i++) {
      r.values.set(panel.values.subarray(i * rest.columns, (i + 1) * rest.columns), (start + i) * d + start);
    }
    const left = rest.rows - count;
    if (left === 0) return r;
    rest = await withoutPanel(rest, panel);
  }
}

/** S22 - R12^T R12 in the memory of S; below the diagonal is what nobody reads. */
function withoutPanel(s: Matrix, panel: Matrix): Promise<Matrix> {
  const { rows: count, columns } = panel;
  const left = columns - count;
  const b = zeros(count, left);
  for (let i = 0; i < count; i++) b.values.set(panel.values.subarray(i * columns + count, (i + 1) * columns), i * left);
  const a = zeros(left, count);
  for (let j = 0; j < left; j++) {
    for (let i = 0; i < count; i++) a.values[j * count + i] = -(b.values[i * left + j] ?? 0);
  }
  for (let i = 0; i < left; i++) {
    // of the upper triangle alone
    const from = (i + count) * columns + count;
    s.values.copyWithin(i * left + i, from + i, from + left);
  }
  const d = { rows: left, columns: left, values: s.values.subarray(0, left * left) };
  return product("addTimes", { a, b, d }, d);
}

/** The first rows of the factor of a matrix: each is that of the matrix without those before, over the root of its pivot. */
class PanelRows {
  private readonly kernels: Kernels;
  private readonly rows: Block;
  private readonly coefficients: Block;

  constructor(longest: number) {
    const lengths = [PANEL * roundedUp(longest), PANEL];
    this.kernels = new Kernels(lengths);
    this.rows = this.kernels.take(lengths[0] ?? 0);
    this.coefficients = this.kernels.take(PANEL);
  }

  /** [count, columns]; undefined where a pivot isn't above the tolerance. */
  factor({ columns, values: s }: Matrix, count: number, tolerance: number): Matrix | undefined {
    const { kernels, coefficients } = this;
    const { values, pointer } = this.rows;
    const stride = roundedUp(columns);
    values.fill(0);
    for (let i = 0; i < count; i++) {
      const at = i * stride;
      values.set(s.subarray(i * columns, (i + 1) * columns), at);
      for (let k = 0; k < i; k++) coefficients.values[k] = -(values[k * stride + i] ?? 0);
      // from the eighth before the diagonal on
      const from = Math.floor(i / 8) * 8;
      const bytes = (stride - from) * BYTES;
      kernels.run.combine(
        pointer + from * BYTES,
        stride * BYTES,
        i,
        coefficients.pointer,
        bytes,
        pointer + (at + from) * BYTES,
      );
      const pivot = values[at + i] ?? 0;
      if (!(pivot > tolerance)) return undefined;
      const scale = 1 / Math.sqrt(pivot);
      values.fill(0, at, at + i);
      for (let j = i; j < columns; j++) values[at + j] = (values[at + j] ?? 0) * scale;
    }
    const panel = zeros(count, columns);
    for (let i = 0; i < count; i++) panel.values.set(values.subarray(i * stride, i * stride + columns), i * columns);
    return panel;
  }
}

/**
 * The same for an S of any rank, by complete pivoting (columns keep their order, so R isn't triangular). It ends where what is left
 * of the diagonal is rounding: Higham 2002, section 10.3. Zero gives 0 rows. rank^2 d operations, one vector at a time.
 */
function pivotedCholesky(s: Matrix): Matrix {
  const { rows: d, values } = s;
  const tolerance = toleranceOf(s);
  const left = diagonalOf(s);
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

function toleranceOf(s: Matrix): number {
  return s.rows * Number.EPSILON * diagonalOf(s).reduce((most, value) => Math.max(most, value), 0);
}

function diagonalOf({ rows, values }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => values[i * rows + i] ?? 0);
}

function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[largest] ?? 0)) largest = i;
  return largest;
}

function mirrored({ rows: d, values: s }: Matrix): Matrix {
  const all = s.slice();
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) all[i * d + j] = s[j * d + i] ?? 0;
  return { rows: d, columns: d, values: all };
}
