import { type AdamWOptions, type AdamWStep, moments } from "./adamw.ts";
import { ADAMW_WASM } from "./adamw-wasm-bytes.ts";
import { at } from "./shape.ts";

/** Views of one parameter and its optimiser state, all of one length, a multiple of 4. */
export interface OptimiserViews {
  readonly weight: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** The same three functions by WebAssembly and by TypeScript; they agree bit for bit. */
export interface OptimiserKernel {
  /** One AdamW step in place. `scale` multiplies the gradient (clipping). */
  adamw(views: OptimiserViews, schedule: AdamWStep & { scale: number }, options: AdamWOptions): void;
  /** Sum of squares, accumulated in float64. */
  sumSquares(x: Float32Array): number;
  /** average = beta average + (1 - beta) weight, in place (EMA of weights). */
  average(average: Float32Array, weight: Float32Array, beta: number): void;
}

interface KernelExports {
  adamw(...pointersAndNumbers: number[]): void;
  sumSquares(pointer: number, bytes: number): number;
  average(...pointersAndNumbers: number[]): void;
}

/** The kernel for views of one WebAssembly memory. 7.1M parameters: 3.7 ms, as a TypeScript loop 33 ms. */
export function wasmKernel(memory: WebAssembly.Memory): OptimiserKernel {
  const module = new WebAssembly.Module(Buffer.from(ADAMW_WASM, "base64"));
  const { exports } = new WebAssembly.Instance(module, { host: { memory } });
  if (!isKernel(exports)) throw new Error("The embedded AdamW kernel lacks a function; rebuild it from adamw.wat.");
  const pointer = (view: Float32Array): number => {
    if (view.buffer !== memory.buffer) throw new Error("The kernel works on views of its own memory only.");
    return view.byteOffset;
  };
  return {
    adamw({ weight, gradient, mean, square }, { decay, step, unbias, scale }, options) {
      const { beta1, rest1, beta2, rest2, epsilon } = moments(options);
      const pointers = [pointer(weight), pointer(gradient), pointer(mean), pointer(square), weight.byteLength];
      exports.adamw(...pointers, beta1, rest1, beta2, rest2, decay, step, unbias, epsilon, scale);
    },
    sumSquares: (x) => exports.sumSquares(pointer(x), x.byteLength),
    average: (average, weight, beta) =>
      exports.average(pointer(average), pointer(weight), average.byteLength, Math.fround(beta), Math.fround(1 - beta)),
  };
}

/** The reference, and the way on where WebAssembly SIMD is missing. Rounds to float32 after every operation. */
export const scalarKernel: OptimiserKernel = {
  adamw({ weight, gradient, mean, square }, { decay, step, unbias, scale }, options) {
    const { beta1, rest1, beta2, rest2, epsilon } = moments(options);
    const f = Math.fround;
    for (let i = 0; i < weight.length; i++) {
      const g = f(at(gradient, i) * scale);
      const m = f(f(at(mean, i) * beta1) + f(g * rest1));
      const v = f(f(at(square, i) * beta2) + f(f(g * g) * rest2));
      const denominator = f(f(f(Math.sqrt(v)) * unbias) + epsilon);
      mean[i] = m;
      square[i] = v;
      weight[i] = f(f(at(weight, i) * decay) - f(step * f(m / denominator)));
    }
  },
  sumSquares(x) {
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < x.length; i++) sums[i % 4] = at(sums, i % 4) + at(x, i) ** 2;
    return at(sums, 0) + at(sums, 2) + (at(sums, 1) + at(sums, 3));
  },
  average(average, weight, beta) {
    const f = Math.fround;
    for (let i = 0; i < weight.length; i++) {
      average[i] = f(f(at(average, i) * f(beta)) + f(at(weight, i) * f(1 - beta)));
    }
  },
};

/** WebAssembly where its SIMD is there, else TypeScript. */
export function optimiserKernel(memory: WebAssembly.Memory): OptimiserKernel {
  return WebAssembly.validate(Buffer.from(ADAMW_WASM, "base64")) ? wasmKernel(memory) : scalarKernel;
}

function isKernel(exports: object): exports is KernelExports {
  return "adamw" in exports && "sumSquares" in exports && "average" in exports;
}
