import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { differentiate } from "../onnx/gradients.ts";
import { bceWithLogits } from "../onnx/losses.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import { Session } from "../onnx/session.ts";
import { createTrainer, type Trainer, type TrainingDriver } from "../onnx/trainer.ts";
import { decodeSafetensors } from "../safetensors.ts";
import { rplBuffers, rplParameters, rplTraining, trainingForward } from "./rpl.ts";
import { scoreFeatures } from "./score.ts";

/** Made by tools/reference/reward_reference.py with PyTorch. */
const WIDTH = 8;
const HIDDEN = 12;
const BATCH = 6;
const STEPS = 10;
const reference = decodeSafetensors(
  readFileSync(new URL("../../../test/fixtures/rpl/rpl.safetensors", import.meta.url)),
).tensors;
const PARAMETERS = rplParameters(WIDTH, 0);
const BUFFERS = rplBuffers(WIDTH);

function numbers(name: string): Float32Array {
  const tensor = reference.get(name);
  if (!tensor) throw new Error(`The fixture has no ${name}.`);
  return Float32Array.from(tensor.data, Number);
}

function transposed(x: ArrayLike<number>, columns: number): Float32Array {
  const rows = x.length / columns;
  return Float32Array.from({ length: x.length }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)] ?? 0);
}

/** Step s of the fixture in the form of the training program. */
function batch(s: number) {
  const labels = numbers("labels").slice(s * BATCH, (s + 1) * BATCH);
  return {
    features: numbers("features").slice(s * BATCH * WIDTH, (s + 1) * BATCH * WIDTH),
    targets: Float32Array.of(...labels.map((y) => 1 - y), ...labels),
    mask: transposed(numbers("masks").slice(s * BATCH * HIDDEN, (s + 1) * BATCH * HIDDEN), HIDDEN),
  };
}

function largestDifference(actual: ArrayLike<number | bigint>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce((worst, y, i) => Math.max(worst, Math.abs(Number(actual[i]) - y)), 0);
}

test("loss and every gradient equal PyTorch's in float64", async () => {
  const g = new GraphBuilder("float64");
  const feeds: Record<string, { dtype: "float64"; shape: readonly number[]; data: Float64Array }> = {};
  const shapes = { features: [BATCH, WIDTH], targets: [2, BATCH], mask: [HIDDEN, BATCH] };
  const data: Record<string, Float32Array> = batch(0);
  // 1 - y of float32 labels is rounded; in float64 it has to be made anew
  const labels = Float64Array.from(numbers("labels").slice(0, BATCH));
  const targets = Float64Array.of(...labels.map((y) => 1 - y), ...labels);
  for (const [name, shape] of Object.entries(shapes)) {
    feeds[name] = { dtype: "float64", shape, data: name === "targets" ? targets : Float64Array.from(data[name] ?? []) };
  }
  for (const { name, shape } of [...PARAMETERS, ...BUFFERS]) {
    feeds[name] = { dtype: "float64", shape, data: Float64Array.from(numbers(`start.${name}`)) };
  }
  const values = new Map(Object.entries(feeds).map(([name, { shape }]) => [name, g.input(name, shape)]));
  const value = (name: string) => values.get(name) ?? g.scalar(Number.NaN);
  const loss = bceWithLogits(g, trainingForward(g, value).logits, value("targets"));
  g.output("loss", loss);
  const gradients = differentiate(
    g,
    loss,
    PARAMETERS.map(({ name }) => value(name)),
  );
  for (const [i, { name }] of PARAMETERS.entries()) {
    const gradient = gradients[i];
    if (gradient) g.output(`d ${name}`, gradient);
  }
  for (const { name } of BUFFERS) g.output(`unused ${name}`, value(name));
  const session = await Session.create(g.encode());
  const outputs = await session.run(feeds);
  const exact = (name: string) => Float64Array.from(reference.get(name)?.data ?? [], Number);
  expect(largestDifference(outputs.loss?.data ?? [], exact("double.loss"))).toBeLessThan(1e-12);
  for (const { name } of PARAMETERS) {
    expect(largestDifference(outputs[`d ${name}`]?.data ?? [], exact(`double.gradient.${name}`)), name).toBeLessThan(
      1e-12,
    );
  }
});

const OPTIMISER = { learningRate: 1e-2, weightDecay: 0.05, warmupSteps: 4, clipNorm: 0.5 };

async function startedTrainer(driver: TrainingDriver): Promise<Trainer> {
  const program = rplTraining({ width: WIDTH, batchSize: BATCH, seed: 0 });
  const trainer = await createTrainer(program, { optimiser: OPTIMISER, driver });
  const { tensors } = await trainer.readState();
  const start = [...tensors].map(([name, { shape, data }]) => {
    const given = reference.get(`start.${name}`);
    return [name, { shape, data: given ? Float32Array.from(given.data, Number) : data }] as const;
  });
  trainer.writeState({ step: 0, tensors: new Map(start) });
  return trainer;
}

test.each(["wasm", "loop", "device"] as const)(
  "driver %s: 10 AdamW steps with warm-up, decay and clipping end where PyTorch ends",
  async (driver) => {
    const trainer = await startedTrainer(driver);
    const losses = await trainer.run(Array.from({ length: STEPS }, (_, s) => batch(s)));
    const { tensors, step } = await trainer.readState();
    await trainer.dispose();
    expect(step).toBe(STEPS);
    expect(largestDifference(losses, numbers("losses"))).toBeLessThan(2e-6);
    for (const { name } of [...PARAMETERS, ...BUFFERS]) {
      expect(largestDifference(tensors.get(name)?.data ?? [], numbers(`end.${name}`)), name).toBeLessThan(2e-5);
    }
  },
);

test("scores of the trained weights equal PyTorch's in eval mode, and r(x) is sigma of the positive logit", async () => {
  const own = [...PARAMETERS, ...BUFFERS].map(
    ({ name, shape }) => [name, { shape, data: numbers(`end.${name}`) }] as const,
  );
  const affine = [
    ["input.mean", { shape: [WIDTH], data: new Float32Array(WIDTH) }],
    ["input.scale", { shape: [WIDTH], data: new Float32Array(WIDTH).fill(1) }],
  ] as const;
  const { logits, scores } = await scoreFeatures([new Map([...own, ...affine])], batch(0).features);
  const positive = numbers("inference").filter((_, i) => i % 2 === 1);
  expect(largestDifference(logits, positive)).toBeLessThan(2e-6);
  expect(
    largestDifference(
      scores,
      positive.map((z) => 1 / (1 + Math.exp(-z))),
    ),
  ).toBeLessThan(1e-6);
});

test("PyTorch's default start: uniform within 1 / sqrt(inputs), norms at 1 and 0, one seed one start", () => {
  const start = new Map(rplParameters(64, 3).map(({ name, initial }) => [name, initial]));
  const bound = 1 / Math.sqrt(64);
  const weights = start.get("linear1.weight") ?? new Float32Array(0);
  expect(weights.every((w) => Math.abs(w) <= bound)).toBe(true);
  const deviation = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length);
  expect(deviation).toBeCloseTo(bound / Math.sqrt(3), 2);
  expect(start.get("norm1.weight")?.every((w) => w === 1)).toBe(true);
  expect(rplParameters(64, 3)[0]?.initial).toEqual(weights);
  expect(rplParameters(64, 4)[0]?.initial).not.toEqual(weights);
});
