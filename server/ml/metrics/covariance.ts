import { type Block, BYTES, Kernels, roundedUp } from "../linear-algebra/kernels.ts";
import type { Matrix } from "../linear-algebra/matrix.ts";
import { product, zeros } from "../linear-algebra/products.ts";
import { type FeatureRows, rowCount } from "./feature-rows.ts";

/** Rows at a time: bounds the memory in doubles (33 MB at width 2,048). */
const CHUNK = 2000;
/** Columns in a block row of the covariance, of which only what lies on and right of the diagonal is computed. */
const BLOCK = 256;

/** Upper triangle, zeros below, of the unbiased covariance [width, width] of rows around their given mean, in double precision. */
export async function covariance(rows: FeatureRows, mean: Float64Array): Promise<Matrix> {
  const { width } = rows;
  const n = rowCount(rows);
  const centring = new Centring(width, mean);
  let [sums, free] = [blockRows(width), blockRows(width)];
  for (let start = 0; start < n; start += CHUNK) {
    const columns = centring.columns(rows, start, Math.min(n, start + CHUNK));
    for (const [i, d] of sums.entries()) {
      const c = free[i] ?? d;
      const [a, b] = [part(columns, i * BLOCK, i * BLOCK + d.rows), part(columns, i * BLOCK, width)];
      await (start === 0 ? product("timesTransposed", { a, b }, c) : product("addTimesTransposed", { a, b, d }, c));
    }
    [sums, free] = [free, sums];
  }
  return upperTriangle(sums, width, 1 / (n - 1));
}

/** Rows of features to centred columns: [width, rows], the form in which a product reads both its sides in order. */
class Centring {
  private readonly kernels: Kernels;
  private readonly input: Block;
  private readonly mean: Block;
  private readonly output: Block;

  constructor(
    private readonly width: number,
    mean: Float64Array,
  ) {
    // a pair of columns and of rows at a time: the last pair may reach over the end
    const lengths = [(CHUNK * width) / 2 + width, width + 1, (width + 1) * CHUNK];
    this.kernels = new Kernels(lengths);
    this.input = this.kernels.take(lengths[0] ?? 0);
    this.mean = this.kernels.take(lengths[1] ?? 0);
    this.output = this.kernels.take(lengths[2] ?? 0);
    this.mean.values.set(mean);
  }

  /** Valid until the next call. An odd number of rows gets one of zeros, which adds nothing to a covariance. */
  columns({ values, width }: FeatureRows, start: number, end: number): Matrix {
    const n = end - start;
    const even = roundedUp(n, 2);
    const part = values.subarray(start * width, end * width);
    if (part instanceof Float32Array) this.fromFloats(part, even);
    else this.fromDoubles(part, even);
    const output = this.output.values.subarray(0, width * even);
    if (even > n) for (let j = 0; j < width; j++) output[j * even + n] = 0;
    return { rows: width, columns: even, values: output };
  }

  private fromFloats(values: Float32Array, even: number): void {
    const { kernels, width, input, mean, output } = this;
    kernels.floats(input).set(values);
    const tile = 128; // rows, whose cache lines are all used before they leave the second cache
    for (let i = 0; i < even; i += tile) {
      const [from, to] = [input.pointer + i * width * 4, output.pointer + i * BYTES];
      const rows = Math.min(tile, even - i);
      kernels.run.centreTransposed(from, width * 4, mean.pointer, to, even * BYTES, rows, width);
    }
  }

  private fromDoubles(values: Float64Array, even: number): void {
    const { width, mean, output } = this;
    for (let i = 0; i < values.length; i++) {
      const column = i % width;
      output.values[column * even + Math.floor(i / width)] = (values[i] ?? 0) - (mean.values[column] ?? 0);
    }
  }
}

/** Block rows of an upper triangle: [BLOCK, columns from the diagonal's block on]. */
function blockRows(width: number): Matrix[] {
  return Array.from({ length: Math.ceil(width / BLOCK) }, (_, i) =>
    zeros(Math.min(BLOCK, width - i * BLOCK), width - i * BLOCK),
  );
}

function part({ columns, values }: Matrix, start: number, end: number): Matrix {
  return { rows: end - start, columns, values: values.subarray(start * columns, end * columns) };
}

function upperTriangle(blocks: readonly Matrix[], width: number, scale: number): Matrix {
  const all = zeros(width, width);
  for (const [k, { rows, columns, values }] of blocks.entries()) {
    for (let i = 0; i < rows; i++) {
      const row = (k * BLOCK + i) * width + k * BLOCK;
      for (let j = i; j < columns; j++) all.values[row + j] = (values[i * columns + j] ?? 0) * scale;
    }
  }
  return all;
}
