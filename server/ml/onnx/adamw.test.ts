import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import wabt from "wabt";
import { type AdamWStep, adamwStep, learningRateAt, moments } from "./adamw.ts";
import { BLOCK_BYTES, BLOCKS_LEFT, BLOCKS_UNFINISHED, type SharedCall, STOPPED, SUM_SQUARES } from "./adamw-kernel.ts";
import { AdamWThreads, type OptimiserViews } from "./adamw-threads.ts";
import { ADAMW_WASM } from "./adamw-wasm-bytes.ts";
import { Random } from "./random.ts";
import { at } from "./shape.ts";

const OPTIONS = { learningRate: 1e-2, weightDecay: 0.1, warmupSteps: 3 };
/** Three whole blocks of the threads and a rest. */
const LENGTH = 3 * (BLOCK_BYTES / 4) + 100;

/** AdamW in plain TypeScript, rounded to float32 after every operation as the kernel is. */
function referenceStep(views: OptimiserViews, schedule: AdamWStep & { scale: number }): void {
  const { weight, gradient, mean, square } = views;
  const { decay, step, unbias, scale } = schedule;
  const { beta1, rest1, beta2, rest2, epsilon } = moments(OPTIONS);
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
}

function startViews(): { memory: WebAssembly.Memory; views: OptimiserViews } {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const view = (place: number) => new Float32Array(memory.buffer, place * LENGTH * 4, LENGTH);
  const views = { weight: view(0), gradient: view(1), mean: view(2), square: view(3) };
  const random = new Random(3);
  for (let i = 0; i < LENGTH; i++) views.weight[i] = random.normal();
  return { memory, views };
}

/** The gradients of steps 1 to 5, over seven orders of magnitude. */
function fillGradient(gradient: Float32Array, t: number): void {
  const random = new Random(4, t);
  for (let i = 0; i < gradient.length; i++) gradient[i] = random.normal() * 10 ** ((i % 7) - 4);
}

function referenceAfterSteps(): OptimiserViews {
  const { views } = startViews();
  for (let t = 1; t <= 5; t++) {
    fillGradient(views.gradient, t);
    referenceStep(views, { ...adamwStep(OPTIONS, t), scale: 0.5 });
  }
  return views;
}

test.each([1, 2, 3])("the kernel on %i threads is the reference, bit for bit", (count) => {
  const { memory, views } = startViews();
  const threads = new AdamWThreads(memory, count);
  for (let t = 1; t <= 5; t++) {
    fillGradient(views.gradient, t);
    threads.adamw(views, { ...adamwStep(OPTIONS, t), scale: 0.5 }, OPTIONS);
  }
  expect(views).toEqual(referenceAfterSteps());
  const squares = views.gradient.reduce((sum, x) => sum + x * x, 0);
  expect(threads.sumSquares(views.gradient) / squares).toBeCloseTo(1, 12);
  threads.dispose();
});

test.each([1, 3])("the moving average on %i threads is the reference, bit for bit", (count) => {
  const { memory, views } = startViews();
  const average = views.mean;
  fillGradient(average, 2);
  const keep = Math.fround(0.9);
  const f = Math.fround;
  const expected = average.map((x, i) => f(f(x * keep) + f(at(views.weight, i) * f(1 - keep))));
  const threads = new AdamWThreads(memory, count);
  threads.average(average, views.weight, keep);
  expect(average).toEqual(expected);
  threads.dispose();
});

test("the learning rate rises, stays, falls to nothing; an average follows quickly at first", () => {
  const options = { learningRate: 1, warmupSteps: 4, decayFrom: 10, decaySteps: 4, ema: 0.9 };
  const rates = [1, 4, 10, 11, 12, 14, 15].map((t) => learningRateAt(options, t));
  expect(rates).toEqual([0.25, 1, 1, 1, 0.75, 0.25, 0]);
  expect([1, 100].map((t) => adamwStep(options, t).keep)).toEqual([Math.fround(2 / 11), Math.fround(0.9)]);
});

test("a thread computes a call by itself, and ends when told", async () => {
  const { memory, views } = startViews();
  fillGradient(views.gradient, 1);
  const call: SharedCall = {
    memory,
    state: new Int32Array(new SharedArrayBuffer(12)),
    numbers: new Float64Array(new SharedArrayBuffer(16)),
    sums: new Float64Array(new SharedArrayBuffer(32)),
  };
  call.numbers.set([views.gradient.byteOffset, views.gradient.byteLength]);
  call.state.set([4, 4, SUM_SQUARES]);
  const worker = new Worker(new URL("./adamw-thread.ts", import.meta.url), { workerData: call, execArgv: [] });
  await expect.poll(() => Atomics.load(call.state, BLOCKS_UNFINISHED), { timeout: 20_000 }).toBe(0);
  const squares = views.gradient.reduce((sum, x) => sum + x * x, 0);
  expect(call.sums.reduce((sum, x) => sum + x, 0) / squares).toBeCloseTo(1, 12);
  const exit = once(worker, "exit");
  Atomics.store(call.state, BLOCKS_LEFT, STOPPED);
  Atomics.notify(call.state, BLOCKS_LEFT);
  expect(await exit).toEqual([0]);
});

test("the reference is AdamW as written in the paper, in float64", () => {
  const result = referenceAfterSteps();
  const { weight: start, gradient } = startViews().views;
  const weight = Float64Array.from(start);
  const mean = new Float64Array(LENGTH);
  const square = new Float64Array(LENGTH);
  for (let t = 1; t <= 5; t++) {
    const rate = learningRateAt(OPTIONS, t);
    fillGradient(gradient, t);
    for (let i = 0; i < LENGTH; i++) {
      const g = 0.5 * at(gradient, i);
      mean[i] = 0.9 * at(mean, i) + 0.1 * g;
      square[i] = 0.999 * at(square, i) + 0.001 * g * g;
      const direction = at(mean, i) / (1 - 0.9 ** t) / (Math.sqrt(at(square, i) / (1 - 0.999 ** t)) + 1e-8);
      weight[i] = at(weight, i) * (1 - rate * OPTIONS.weightDecay) - rate * direction;
    }
  }
  const differences = Array.from(result.weight, (x, i) => Math.abs(x - at(weight, i)));
  expect(differences.reduce((a, b) => Math.max(a, b))).toBeLessThan(5e-6);
});

test("the embedded bytes are adamw.wat assembled", async () => {
  const { parseWat } = await wabt();
  const text = readFileSync(new URL("adamw.wat", import.meta.url), "utf8");
  const { buffer } = parseWat("adamw.wat", text, { simd: true, threads: true }).toBinary({});
  expect(Buffer.from(ADAMW_WASM, "base64").equals(Buffer.from(buffer))).toBe(true);
});
