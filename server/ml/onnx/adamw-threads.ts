import { Worker } from "node:worker_threads";
import { type AdamWOptions, type AdamWStep, moments } from "./adamw.ts";
import {
  ADAMW,
  AVERAGE,
  BLOCK_BYTES,
  BLOCKS_LEFT,
  BLOCKS_UNFINISHED,
  computeBlocks,
  createKernel,
  type Kernel,
  OPERATION,
  type SharedCall,
  STOPPED,
  SUM_SQUARES,
} from "./adamw-kernel.ts";

/** Views of parameters and their optimiser state, all of one length, a multiple of 4. */
export interface OptimiserViews {
  readonly weight: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/**
 * The fused AdamW kernel on several cores: this thread and `threads` - 1 others, started once, which sleep between calls.
 * The bytes do not depend on how many there are. Calls return when all is done.
 */
export class AdamWThreads {
  private readonly call: SharedCall;
  private readonly kernel: Kernel;

  /** memory: shared, and holds the views of every call. */
  constructor(memory: WebAssembly.Memory, threads: number) {
    const blocks = Math.ceil(memory.buffer.byteLength / BLOCK_BYTES);
    this.call = {
      memory,
      state: new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)),
      numbers: new Float64Array(new SharedArrayBuffer(14 * Float64Array.BYTES_PER_ELEMENT)),
      sums: new Float64Array(new SharedArrayBuffer(blocks * Float64Array.BYTES_PER_ELEMENT)),
    };
    this.kernel = createKernel(memory);
    for (let i = 1; i < threads; i++) {
      // no loaders: Node strips the types of these files itself
      new Worker(new URL("./adamw-thread.ts", import.meta.url), { workerData: this.call, execArgv: [] }).unref();
    }
  }

  /** One AdamW step in place. `scale` multiplies the gradient (clipping). */
  adamw(views: OptimiserViews, schedule: AdamWStep & { scale: number }, options: AdamWOptions): void {
    const { weight, gradient, mean, square } = views;
    const { decay, step, unbias, scale } = schedule;
    const { beta1, rest1, beta2, rest2, epsilon } = moments(options);
    const pointers = [weight, gradient, mean, square].map((view) => this.pointer(view));
    const bytes = weight.byteLength;
    this.compute(ADAMW, bytes, [...pointers, bytes, beta1, rest1, beta2, rest2, decay, step, unbias, epsilon, scale]);
  }

  /** average = keep average + (1 - keep) weight, in place. */
  average(average: Float32Array, weight: Float32Array, keep: number): void {
    const pointers = [average, weight].map((view) => this.pointer(view));
    const bytes = weight.byteLength;
    this.compute(AVERAGE, bytes, [...pointers, bytes, keep, Math.fround(1 - keep)]);
  }

  /** Sum of squares in float64, block by block. */
  sumSquares(x: Float32Array): number {
    const blocks = this.compute(SUM_SQUARES, x.byteLength, [this.pointer(x), x.byteLength]);
    return this.call.sums.subarray(0, blocks).reduce((sum, part) => sum + part, 0);
  }

  /** Ends the threads. */
  dispose(): void {
    Atomics.store(this.call.state, BLOCKS_LEFT, STOPPED);
    Atomics.notify(this.call.state, BLOCKS_LEFT);
  }

  /** Gives the number of blocks. */
  private compute(operation: number, bytes: number, numbers: number[]): number {
    const { state } = this.call;
    const blocks = Math.ceil(bytes / BLOCK_BYTES);
    this.call.numbers.set(numbers);
    state[OPERATION] = operation;
    Atomics.store(state, BLOCKS_UNFINISHED, blocks);
    Atomics.store(state, BLOCKS_LEFT, blocks); // from here on the arguments belong to all threads
    Atomics.notify(state, BLOCKS_LEFT);
    computeBlocks(this.kernel, this.call);
    for (let rest = Atomics.load(state, BLOCKS_UNFINISHED); rest > 0; rest = Atomics.load(state, BLOCKS_UNFINISHED)) {
      Atomics.wait(state, BLOCKS_UNFINISHED, rest);
    }
    return blocks;
  }

  private pointer(view: Float32Array): number {
    if (view.buffer !== this.call.memory.buffer) throw new Error("The kernel works on views of its own memory only.");
    return view.byteOffset;
  }
}
