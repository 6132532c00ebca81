import { type Matrix } from "../linear-algebra/matrix.ts";
import { timesTransposed } from "../linear-algebra/products.ts";
import type { FeatureRows } from "./feature-rows.ts";

/**
 * Says to which of some groups of rows another row belongs: to the one whose mean is nearest, each feature counted in its deviation within
 * groups, so that what varies from row to row of one group counts little. A linear discriminant with a diagonal covariance.
 */
export class NearestCentroid {
  private readonly names: string[] = [];
  private readonly means: Float64Array[] = [];
  private readonly squares: Float64Array;
  private rows = 0;
  private scaled: { means: Matrix; norms: Float64Array; scale: Float64Array } | undefined;

  constructor(private readonly width: number) {
    this.squares = new Float64Array(width);
  }

  get size(): number {
    return this.names.length;
  }

  /** @param values [n, width], at least one row. Each group once. */
  add(group: string, { values, width }: FeatureRows): void {
    const n = values.length / width;
    if (width !== this.width || n < 1) throw new RangeError(`${values.length} numbers are no rows of ${this.width}.`);
    const mean = new Float64Array(width);
    for (const [i, x] of values.entries()) mean[i % width] = (mean[i % width] ?? 0) + x / n;
    for (const [i, x] of values.entries()) {
      const j = i % width;
      this.squares[j] = (this.squares[j] ?? 0) + (x - (mean[j] ?? 0)) ** 2;
    }
    this.names.push(group);
    this.means.push(mean);
    this.rows += n;
    this.scaled = undefined;
  }

  /**
   * The nearest group of each row [n, width]; of equally near ones the first that was added.
   * @throws RangeError where groups have one row each, which says nothing of how they vary
   */
  async nearest({ values, width }: FeatureRows): Promise<string[]> {
    const { means, norms, scale } = this.prepared();
    const n = values.length / width;
    const a: Matrix = { rows: n, columns: width, values: new Float64Array(values.length) };
    for (const [i, x] of values.entries()) a.values[i] = x * (scale[i % width] ?? 0);
    const products = await timesTransposed(a, means);
    return Array.from({ length: n }, (_, i) => {
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      // |x - m|^2 less |x|^2, which is the same for all
      for (const [p, norm] of norms.entries()) {
        const distance = norm - 2 * (products.values[i * norms.length + p] ?? 0);
        if (distance < least) [best, least] = [p, distance];
      }
      return this.names[best] ?? "";
    });
  }

  private prepared() {
    if (this.scaled) return this.scaled;
    const { width, size } = this;
    const free = this.rows - size;
    if (free < 1) throw new RangeError("Some group needs two rows or more.");
    // constant features tell nothing apart
    const scale = this.squares.map((sum) => (sum > 0 ? Math.sqrt(free / sum) : 0));
    const values = new Float64Array(size * width);
    for (const [p, mean] of this.means.entries()) {
      for (const [j, x] of mean.entries()) values[p * width + j] = x * (scale[j] ?? 0);
    }
    const norms = Float64Array.from({ length: size }, (_, p) => {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (values[p * width + j] ?? 0) ** 2;
      return sum;
    });
    this.scaled = { means: { rows: size, columns: width, values }, norms, scale };
    return this.scaled;
  }
}
