import { Random } from "../onnx/random.ts";
import { at } from "../onnx/shape.ts";
import type { Batch } from "../onnx/trainer.ts";

export interface LabelledRows {
  /** [n, W] */
  readonly rows: Float32Array;
  /** one label for all, or one per row; in [0, 1] */
  readonly labels: number | Float32Array;
}

const STREAM = { positives: 2, negatives: 3, dropout: 4 } as const;

/**
 * Batches of the RPL, half of each class, each class in a new random order every time it is used up: all rows of a class
 * are seen equally often (to within one). Batch s depends on the seed and s alone, so a resumed run needs no state.
 */
export class BalancedBatches {
  private readonly features: Float32Array;
  private readonly targets: Float32Array;
  private readonly mask: Float32Array;
  private readonly positives: ShuffledClass;
  private readonly negatives: ShuffledClass;

  constructor(
    data: { positives: LabelledRows; negatives: LabelledRows },
    private readonly options: { width: number; hidden: number; batchSize: number; dropout: number; seed: number },
  ) {
    const { width, hidden, batchSize, seed } = options;
    this.features = new Float32Array(batchSize * width);
    this.targets = new Float32Array(2 * batchSize);
    this.mask = new Float32Array(hidden * batchSize);
    this.positives = new ShuffledClass(data.positives, { width, stream: [seed, STREAM.positives] });
    this.negatives = new ShuffledClass(data.negatives, { width, stream: [seed, STREAM.negatives] });
  }

  /** Batch of step s = 0, 1, ... The arrays are used again by the next call. */
  batch(s: number): Batch {
    const { width, batchSize, dropout, seed } = this.options;
    const half = batchSize / 2;
    for (let i = 0; i < batchSize; i++) {
      const source = i < half ? this.positives : this.negatives;
      const { row, label } = source.draw(s * half + (i % half));
      this.features.set(row, i * width);
      this.targets[i] = 1 - label;
      this.targets[batchSize + i] = label;
    }
    new Random(seed, STREAM.dropout, s).fillDropoutMask(this.mask, dropout);
    return { features: this.features, targets: this.targets, mask: this.mask };
  }
}

class ShuffledClass {
  private readonly n: number;
  private pass = -1;
  private order = new Uint32Array(0);

  constructor(
    private readonly data: LabelledRows,
    private readonly options: { width: number; stream: readonly number[] },
  ) {
    this.n = data.rows.length / options.width;
    if (data.labels instanceof Float32Array && data.labels.length !== this.n) {
      throw new Error(`${data.labels.length} labels for ${this.n} rows.`);
    }
  }

  /** The k-th row drawn, k = 0, 1, ... */
  draw(k: number): { row: Float32Array; label: number } {
    const pass = Math.floor(k / this.n);
    if (pass !== this.pass) {
      this.order = new Random(...this.options.stream, pass).permutation(this.n);
      this.pass = pass;
    }
    const index = at(this.order, k % this.n);
    const { rows, labels } = this.data;
    const { width } = this.options;
    const label = typeof labels === "number" ? labels : at(labels, index);
    return { row: rows.subarray(index * width, (index + 1) * width), label };
  }
}
