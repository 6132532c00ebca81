import type { Bidiagonal } from "./bidiagonal.ts";
import { type Block, BYTES, Kernels, LANE, roundedUp } from "./kernels.ts";
import { reflect } from "./reflector.ts";

/**
 * An upper triangular matrix [n, n] with `width` superdiagonals, and room for what chasing puts beside them: row i holds columns
 * i - width + 1 to i + 2 width - 1. Rows lie `stride` numbers apart, one less than they are long, so that it is addressed like a
 * dense matrix. `width` is a multiple of 8.
 */
export class Band {
  private readonly kernels: Kernels;
  private readonly band: Block;
  private readonly vector: Block;
  private readonly products: Block;
  private readonly stride: number;

  constructor(
    readonly n: number,
    readonly width: number,
  ) {
    this.stride = 3 * width + LANE - 1;
    const lengths = [(n + 1) * (this.stride + 1), width + LANE, 2 * width + LANE];
    this.kernels = new Kernels(lengths);
    const [band, vector, products] = lengths.map((length) => this.kernels.take(length));
    if (!(band && vector && products)) throw new Error("No memory was taken.");
    this.band = band;
    this.vector = vector;
    this.products = products;
  }

  set(i: number, j: number, value: number): void {
    this.band.values[this.place(i, j)] = value;
  }

  /** A bidiagonal matrix with the same singular values. Uses up the band: 8 n^2 width operations. */
  chased(): Bidiagonal {
    for (let s = 0; s < this.n - 1; s++) this.sweep(s);
    const { values } = this.band;
    const diagonal = Float64Array.from({ length: this.n }, (_, i) => values[this.place(i, i)] ?? 0);
    const superdiagonal = Float64Array.from(
      { length: Math.max(0, this.n - 1) },
      (_, i) => values[this.place(i, i + 1)] ?? 0,
    );
    return { diagonal, superdiagonal };
  }

  /**
   * Brings row s to two numbers. A reflector of columns fills in below the diagonal, the reflector of rows that clears the first
   * filled column fills in above the band, and so on down the diagonal, `width` further each time. What they leave below the
   * diagonal beside the first column is met by the next sweep.
   */
  private sweep(s: number): void {
    const { n, width } = this;
    let row = s;
    for (let column = s + 1; column < n; column += width) {
      const length = Math.min(width, n - column);
      this.clearRow(row, column, length);
      this.clearColumn(column, length);
      row = column;
    }
  }

  /** Reflects columns `column`.. so that of row `row` the first of them is left, in that row and all below that reach there. */
  private clearRow(row: number, column: number, length: number): void {
    const { band, vector, products, kernels, stride } = this;
    const from = this.place(row, column);
    const { beta, left } = reflect(band.values, from, length);
    if (beta === 0) return;
    this.takeVector(from, length);
    band.values[from] = left;
    const rows = Math.min(column + length, this.n) - row - 1;
    const a = band.pointer + this.place(row + 1, column) * BYTES;
    const bytes = roundedUp(length, 4) * BYTES;
    kernels.run.dots(a, stride * BYTES, rows, vector.pointer, bytes, products.pointer);
    kernels.run.addOuter(a, stride * BYTES, rows, products.pointer, vector.pointer, bytes, -beta);
  }

  /** Reflects rows `first`.. so that of column `first` the diagonal is left. */
  private clearColumn(first: number, length: number): void {
    const { band, vector, products, kernels, stride, width } = this;
    const from = this.place(first, first);
    for (let i = 0; i < length; i++) vector.values[i] = band.values[from + i * stride] ?? 0;
    const { beta, left } = reflect(vector.values, 0, length);
    for (let i = 0; i < length; i++) band.values[from + i * stride] = i === 0 ? left : 0;
    if (beta === 0) return;
    // the first column is done; the rows reach width columns beyond the last of them
    const a = band.pointer + (from + 1) * BYTES;
    const bytes = 2 * width * BYTES;
    products.values.fill(0);
    kernels.run.combine(a, stride * BYTES, length, vector.pointer, bytes, products.pointer);
    kernels.run.addOuter(a, stride * BYTES, length, vector.pointer, products.pointer, bytes, -beta);
  }

  /** Moves a reflector out of the band, which keeps zeros, to where the kernels read it, zeros behind it. */
  private takeVector(from: number, length: number): void {
    const { values } = this.band;
    for (let i = 0; i < length; i++) {
      this.vector.values[i] = values[from + i] ?? 0;
      values[from + i] = 0;
    }
    this.vector.values.fill(0, length, roundedUp(length, 4));
  }

  private place(i: number, j: number): number {
    return i * this.stride + j + this.width - 1;
  }
}
