import { type Block, BYTES, Kernels, roundedUp } from "../linear-algebra/kernels.ts";
import { BLOCK, type LowerTriangle, lowerTriangle, rowsOf } from "../linear-algebra/lower-triangle.ts";
import type { Matrix } from "../linear-algebra/matrix.ts";
import { product } from "../linear-algebra/products.ts";
import { columnMeans, type FeatureRows, rowCount } from "./feature-rows.ts";

/** Rows at a time: bounds the memory in doubles (33 MB at width 2,048). */
const CHUNK = 2000;

/**
 * Mean [width] and scatter of rows x, sum (x - mean)(x - mean)^T, n - 1 times their unbiased covariance, in double precision and one pass:
 * rows are centred by the mean c of the first chunk, and what the mean differs from it, d, is taken off at the end: sum (x - c)(x - c)^T
 * - n d d^T. Since c is the mean of some of the rows, d^2 is at most n / CHUNK times the variance, so hardly a digit is lost.
 * @throws RangeError for NaN and infinities (naming the row)
 */
export async function scatter(rows: FeatureRows): Promise<{ mean: Float64Array; scatter: LowerTriangle }> {
  const { width } = rows;
  const n = rowCount(rows);
  const shift = columnMeans({ width, values: rows.values.subarray(0, CHUNK * width) });
  const centring = new Centring(width, shift);
  const sums = lowerTriangle(width);
  for (let start = 0; start < n; start += CHUNK) {
    const columns = centring.columns(rows, start, Math.min(n, start + CHUNK));
    for (const [k, d] of sums.columns.entries()) {
      const [a, b] = [rowsOf(columns, k * BLOCK, width), rowsOf(columns, k * BLOCK, k * BLOCK + d.columns)];
      await (start === 0 ? product("timesTransposed", { a, b }, d) : product("addTimesTransposed", { a, b, d }, d));
    }
  }
  const rest = centring.sums().map((sum) => sum / n);
  const mean = shift.map((value, j) => value + (rest[j] ?? 0));
  if (!mean.every(Number.isFinite)) columnMeans(rows); // names what isn't finite
  const column = (values: Float64Array): Matrix => ({ rows: width, columns: 1, values });
  const [d, nd] = [column(rest), column(rest.map((value) => value * n))];
  for (const [k, sum] of sums.columns.entries()) {
    const [a, b] = [rowsOf(nd, k * BLOCK, width), rowsOf(d, k * BLOCK, k * BLOCK + sum.columns)];
    await product("takeTimesTransposed", { a, b, d: sum }, sum);
  }
  return { mean, scatter: sums };
}

/** Rows of features to centred columns: [width, rows], the form in which a product reads both its sides in order. */
class Centring {
  private readonly kernels: Kernels;
  private readonly input: Block;
  private readonly shift: Block;
  private readonly total: Block;
  private readonly output: Block;
  /** Numbers between rows of the input, a cache line more than a row: a power of two would put all of a column into one cache set. */
  private readonly stride: number;

  constructor(
    private readonly width: number,
    shift: Float64Array,
  ) {
    this.stride = roundedUp(width, 16) + 16;
    // a pair of columns and of rows at a time: the last pair may reach over the end
    const lengths = [(CHUNK * this.stride) / 2, width + 1, width + 1, (width + 1) * CHUNK];
    this.kernels = new Kernels(lengths);
    this.input = this.kernels.take(lengths[0] ?? 0);
    this.shift = this.kernels.take(lengths[1] ?? 0);
    this.total = this.kernels.take(lengths[2] ?? 0);
    this.output = this.kernels.take(lengths[3] ?? 0);
    this.shift.values.set(shift);
  }

  /** Valid until the next call. An odd number of rows gets one of zeros, which adds nothing to a covariance. */
  columns({ values, width }: FeatureRows, start: number, end: number): Matrix {
    const n = end - start;
    const even = roundedUp(n, 2);
    const part = values.subarray(start * width, end * width);
    if (part instanceof Float32Array) this.fromFloats(part, even);
    else this.fromDoubles(part, even);
    return { rows: width, columns: even, values: this.output.values.subarray(0, width * even) };
  }

  /** [width] of all columns so far */
  sums(): Float64Array {
    return this.total.values.slice(0, this.width);
  }

  private fromFloats(values: Float32Array, even: number): void {
    const { kernels, width, stride, input, shift, total, output } = this;
    const floats = kernels.floats(input);
    const n = values.length / width;
    for (let i = 0; i < n; i++) floats.set(values.subarray(i * width, (i + 1) * width), i * stride);
    if (even > n) floats.fill(0, n * stride, even * stride);
    const tile = 128; // rows, whose cache lines are all used before they leave the second cache
    for (let i = 0; i < even; i += tile) {
      const [from, to] = [input.pointer + i * stride * 4, output.pointer + i * BYTES];
      const rows = Math.min(tile, even - i);
      kernels.run.centreTransposed(from, stride * 4, shift.pointer, total.pointer, to, even * BYTES, rows, width);
    }
    if (even > n) this.clearLast(even);
  }

  /** The row of zeros that was centred too. */
  private clearLast(even: number): void {
    for (let j = 0; j < this.width; j++) {
      this.output.values[j * even + even - 1] = 0;
      this.total.values[j] = (this.total.values[j] ?? 0) + (this.shift.values[j] ?? 0);
    }
  }

  private fromDoubles(values: Float64Array, even: number): void {
    const { width } = this;
    const [shift, total, output] = [this.shift.values, this.total.values, this.output.values];
    for (let i = 0; i < values.length; i++) {
      const column = i % width;
      const centred = (values[i] ?? 0) - (shift[column] ?? 0);
      total[column] = (total[column] ?? 0) + centred;
      output[column * even + Math.floor(i / width)] = centred;
    }
    if (values.length < even * width) for (let j = 0; j < width; j++) output[j * even + even - 1] = 0;
  }
}
