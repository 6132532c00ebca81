import { ADAMW_WASM } from "./adamw-wasm-bytes.ts";

/**
 * One call of the kernel over long arrays, worked off in blocks by several threads: each takes the next block until none is
 * left. A block gives the same bytes whoever computes it. The worker threads load this file as it is, so it holds erasable
 * TypeScript only.
 */
export interface SharedCall {
  /** the parameters, gradients and moments; also what the session reads and writes */
  readonly memory: WebAssembly.Memory;
  /** BLOCKS_LEFT, BLOCKS_UNFINISHED, OPERATION */
  readonly state: Int32Array;
  /** arguments of the kernel's function, pointers first */
  readonly numbers: Float64Array;
  /** [blocks] of sumSquares */
  readonly sums: Float64Array;
}

/** Places in `SharedCall.state`. Threads sleep on BLOCKS_LEFT while it is 0, and end when it is STOPPED. */
export const [BLOCKS_LEFT, BLOCKS_UNFINISHED, OPERATION] = [0, 1, 2];
export const STOPPED = -1;
export const [ADAMW, SUM_SQUARES, AVERAGE] = [0, 1, 2];

/** Bytes of each array in a block: few enough blocks that taking one costs nothing (at 65,536: 4.7 instead of 3.9 ms). */
export const BLOCK_BYTES = 262_144;

export interface Kernel {
  /** w, g, m, v, bytes; then the numbers of adamw.wat in its order */
  adamw(...pointersAndNumbers: number[]): void;
  /** e, w, bytes, keep, 1 - keep */
  average(...pointersAndNumbers: number[]): void;
  /** Sum of squares, accumulated in float64. */
  sumSquares(pointer: number, bytes: number): number;
}

export function createKernel(memory: WebAssembly.Memory): Kernel {
  const module = new WebAssembly.Module(Buffer.from(ADAMW_WASM, "base64"));
  const { exports } = new WebAssembly.Instance(module, { host: { memory } });
  if (!isKernel(exports)) throw new Error("The embedded AdamW kernel lacks a function; rebuild it from adamw.wat.");
  return exports;
}

/** Computes blocks of the call under way until none is left; at once where there is none. */
export function computeBlocks(kernel: Kernel, call: SharedCall): void {
  const { state } = call;
  for (let left = Atomics.load(state, BLOCKS_LEFT); left > 0; left = Atomics.load(state, BLOCKS_LEFT)) {
    // who brings the count down owns the block; the arguments stay as they are until it is done
    if (Atomics.compareExchange(state, BLOCKS_LEFT, left, left - 1) !== left) continue;
    computeBlock(kernel, call, left - 1);
    if (Atomics.sub(state, BLOCKS_UNFINISHED, 1) === 1) Atomics.notify(state, BLOCKS_UNFINISHED);
  }
}

function computeBlock(kernel: Kernel, { state, numbers, sums }: SharedCall, block: number): void {
  const start = block * BLOCK_BYTES;
  if (state[OPERATION] === SUM_SQUARES) {
    const [pointer = 0, bytes = 0] = numbers;
    sums[block] = kernel.sumSquares(pointer + start, Math.min(BLOCK_BYTES, bytes - start));
  } else if (state[OPERATION] === AVERAGE) {
    const [average = 0, weight = 0, bytes = 0, keep = 0, rest = 0] = numbers;
    kernel.average(average + start, weight + start, Math.min(BLOCK_BYTES, bytes - start), keep, rest);
  } else {
    const [weight = 0, gradient = 0, mean = 0, square = 0, bytes = 0, ...rest] = numbers;
    const length = Math.min(BLOCK_BYTES, bytes - start);
    kernel.adamw(weight + start, gradient + start, mean + start, square + start, length, ...rest);
  }
}

function isKernel(exports: object): exports is Kernel {
  return "adamw" in exports && "sumSquares" in exports && "average" in exports;
}
