import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import wabt from "wabt";
import { adamwStep, learningRateAt } from "./adamw.ts";
import { type OptimiserKernel, scalarKernel, wasmKernel } from "./adamw-wasm.ts";
import { ADAMW_WASM } from "./adamw-wasm-bytes.ts";
import { Random } from "./random.ts";
import { at } from "./shape.ts";

const OPTIONS = { learningRate: 1e-2, weightDecay: 0.1, warmupSteps: 3 };
const LENGTH = 64;

function views(memory: WebAssembly.Memory) {
  const random = new Random(3);
  const view = (place: number) => new Float32Array(memory.buffer, place * LENGTH * 4, LENGTH);
  const own = { weight: view(0), gradient: view(1), mean: view(2), square: view(3) };
  for (let i = 0; i < LENGTH; i++) own.weight[i] = random.normal();
  return own;
}

/** Weights and moments after five steps on the same gradients. */
function afterSteps(kernelOf: (memory: WebAssembly.Memory) => OptimiserKernel) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernel = kernelOf(memory);
  const own = views(memory);
  const random = new Random(4);
  for (let t = 1; t <= 5; t++) {
    for (let i = 0; i < LENGTH; i++) own.gradient[i] = random.normal() * 10 ** ((i % 7) - 4);
    kernel.adamw(own, { ...adamwStep(OPTIONS, t), scale: 0.5 }, OPTIONS);
  }
  return { ...own, squares: kernel.sumSquares(own.gradient) };
}

test("the WebAssembly kernel and the TypeScript reference agree bit for bit", () => {
  expect(afterSteps(wasmKernel)).toEqual(afterSteps(() => scalarKernel));
});

test("the reference is AdamW as written in the paper, in float64", () => {
  const result = afterSteps(() => scalarKernel);
  const own = views(new WebAssembly.Memory({ initial: 1 }));
  const weight = Float64Array.from(own.weight);
  const mean = new Float64Array(LENGTH);
  const square = new Float64Array(LENGTH);
  const random = new Random(4);
  for (let t = 1; t <= 5; t++) {
    const rate = learningRateAt(OPTIONS, t);
    for (let i = 0; i < LENGTH; i++) {
      const g = 0.5 * Math.fround(random.normal() * 10 ** ((i % 7) - 4));
      mean[i] = 0.9 * at(mean, i) + 0.1 * g;
      square[i] = 0.999 * at(square, i) + 0.001 * g * g;
      const direction = at(mean, i) / (1 - 0.9 ** t) / (Math.sqrt(at(square, i) / (1 - 0.999 ** t)) + 1e-8);
      weight[i] = at(weight, i) * (1 - rate * OPTIONS.weightDecay) - rate * direction;
    }
  }
  for (let i = 0; i < LENGTH; i++) expect(at(result.weight, i)).toBeCloseTo(at(weight, i), 5);
});

test("the embedded bytes are adamw.wat assembled", async () => {
  const { parseWat } = await wabt();
  const text = readFileSync(new URL("adamw.wat", import.meta.url), "utf8");
  const { buffer } = parseWat("adamw.wat", text, { simd: true }).toBinary({});
  expect(Buffer.from(ADAMW_WASM, "base64").equals(Buffer.from(buffer))).toBe(true);
});
