import { type Block, BYTES, Kernels, LANE, roundedUp } from "./kernels.ts";
import type { Matrix } from "./matrix.ts";
import { reflect } from "./reflector.ts";

/** Reflectors H_0 H_1 ... = I - V^T T V, V [count, length] a vector a row, T upper triangular (Schreiber and Van Loan 1989). */
export interface Reflectors {
  /** V */
  readonly vectors: Matrix;
  /** T */
  readonly factor: Matrix;
  /** [count, count] what is left of the rows: lower triangular */
  readonly left: Float64Array;
}

/** Triangularises a few long rows with reflectors of their columns, row by row; kept for panels of decreasing length. */
export class PanelReflections {
  private readonly kernels: Kernels;
  private readonly panel: Block;
  private readonly products: Block;

  constructor(
    private readonly width: number,
    longest: number,
  ) {
    const lengths = [width * roundedUp(longest + LANE), width];
    this.kernels = new Kernels(lengths);
    this.panel = this.kernels.take(lengths[0] ?? 0);
    this.products = this.kernels.take(width);
  }

  /** rows [count, length] with count at most `width`; reflectors as many as there are rows and columns. Reads rows. */
  reflect({ rows: count, columns: length, values: rows }: Matrix): Reflectors {
    const { width } = this;
    if (count > width) throw new Error(`${count} rows are more than ${width}.`);
    const stride = roundedUp(length + LANE);
    const { values } = this.panel;
    values.fill(0, 0, count * stride);
    for (let i = 0; i < count; i++) values.set(rows.subarray(i * length, (i + 1) * length), i * stride);
    const factor = new Float64Array(count * count);
    const left = new Float64Array(count * count);
    for (let i = 0; i < count; i++) {
      // what the reflectors before have left of this row
      const done = Math.min(i, length);
      left.set(values.subarray(i * stride, i * stride + done), i * count);
      values.fill(0, i * stride, i * stride + done);
      if (i >= length) continue;
      const reflector = this.reflectRow(i, { count, length, stride });
      left[i * count + i] = reflector.left;
      this.addToFactor(factor, { i, count, stride, beta: reflector.beta });
    }
    const vectors = new Float64Array(count * length);
    for (let i = 0; i < count; i++) vectors.set(values.subarray(i * stride, i * stride + length), i * length);
    return {
      vectors: { rows: count, columns: length, values: vectors },
      factor: { rows: count, columns: count, values: factor },
      left,
    };
  }

  /** Reflects row i from column i on, and the rows below with it. */
  private reflectRow(i: number, { count, length, stride }: { count: number; length: number; stride: number }) {
    const { values, pointer } = this.panel;
    const at = i * stride + i;
    const { beta, left } = reflect(values, at, length - i);
    if (beta === 0) {
      values[at] = 0;
      return { beta, left };
    }
    const bytes = roundedUp(length - i, 4) * BYTES;
    const [v, a] = [pointer + at * BYTES, pointer + (at + stride) * BYTES];
    const rest = count - i - 1;
    this.kernels.run.dots(a, stride * BYTES, rest, v, bytes, this.products.pointer);
    this.kernels.run.addOuter(a, stride * BYTES, rest, this.products.pointer, v, bytes, -beta);
    return { beta, left };
  }

  /** T[:i, i] = -beta T[:i, :i] (V[:i] v_i), T[i, i] = beta */
  private addToFactor(
    factor: Float64Array,
    { i, count, stride, beta }: { i: number; count: number; stride: number; beta: number },
  ): void {
    const { pointer } = this.panel;
    const products = this.products.values;
    const v = pointer + i * stride * BYTES;
    this.kernels.run.dots(pointer, stride * BYTES, i, v, stride * BYTES, this.products.pointer);
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum += (factor[j * count + k] ?? 0) * (products[k] ?? 0);
      factor[j * count + i] = -beta * sum;
    }
    factor[i * count + i] = beta;
  }
}
