import { Random } from "../../onnx/random.ts";

/** Numbers 0..count-1 in random order, every one once before any comes again; the n-th depends on the stream and n alone. */
export class Epochs {
  private epoch = -1;
  private order = new Uint32Array();
  private readonly stream: readonly number[];

  constructor(
    private readonly count: number,
    ...stream: readonly number[]
  ) {
    this.stream = stream;
  }

  at(n: number): number {
    const epoch = Math.floor(n / this.count);
    if (epoch !== this.epoch) {
      this.order = new Random(...this.stream, epoch).permutation(this.count);
      this.epoch = epoch;
    }
    return this.order[n % this.count] ?? 0;
  }
}
