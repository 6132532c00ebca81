import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { differentiate } from "../../onnx/gradients.ts";
import type { FloatType, Value } from "../../onnx/graph.ts";
import { GraphBuilder } from "../../onnx/operators.ts";
import { Random } from "../../onnx/random.ts";
import { Session } from "../../onnx/session.ts";
import { at } from "../../onnx/shape.ts";
import { decodeSafetensors } from "../../safetensors.ts";
import { type FlowArchitecture, flowShapes } from "./architecture.ts";
import { samplingModel } from "./flow-sampler.ts";
import { flowBatchSpecs, flowTraining } from "./flow-training.ts";
import { addSquares, cutSquares } from "./squares.ts";
import { timeFeatures } from "./time-features.ts";
import { parametersFrom } from "./weights-file.ts";

/** Of tools/reference/flow_reference.py, which made the fixture with PyTorch. */
const TINY: FlowArchitecture = {
  imageSize: 8,
  patch: 4,
  width: 16,
  blocks: 2,
  heads: 2,
  hidden: 24,
  textTokens: 2,
  textFeatures: 6,
  textHidden: 10,
};
const BATCH = 4;
const reference = decodeSafetensors(
  readFileSync(new URL("../../../../test/fixtures/flow/flow.safetensors", import.meta.url)),
).tensors;
const names = [...flowShapes(TINY).keys()];
const inputNames = flowBatchSpecs(TINY, BATCH).map(({ name }) => name);

function numbers(name: string): Float32Array {
  const tensor = reference.get(name);
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`The fixture has no ${name}.`);
  return tensor.data;
}

const weights = { architecture: TINY, tensors: new Map(names.map((name) => [name, numbers(`weight.${name}`)])) };

/** Loss, errors and gradients of the whole training graph at the fixture's weights and inputs. */
async function trainingGraph(floatType: FloatType) {
  const program = flowTraining({ architecture: TINY, batch: BATCH, parameters: parametersFrom(weights) });
  const g = new GraphBuilder(floatType);
  const values = new Map<string, Value>();
  for (const { name, shape } of [...program.parameters, ...program.batch]) values.set(name, g.input(name, shape));
  const find = (name: string) => {
    const value = values.get(name);
    if (!value) throw new Error(`no ${name}`);
    return value;
  };
  const { loss, buffers } = program.build(g, find);
  g.output("loss", g.reshape(loss, [1]));
  g.output("errors", at(Object.values(buffers), 0));
  for (const [i, dx] of differentiate(g, loss, names.map(find)).entries()) g.output(`gradient.${names[i]}`, dx);
  const session = await Session.create(g.encode());
  const data = new Map([
    ...names.map((name) => [name, Float64Array.from(numbers(`weight.${name}`))] as const),
    ...inputNames.map((name) => [name, Float64Array.from(numbers(`input.${name}`))] as const),
  ]);
  const run = () =>
    session.run(
      Object.fromEntries(
        [...data].map(([name, x]) => [
          name,
          { dtype: floatType, shape: find(name).shape, data: floatType === "float64" ? x : Float32Array.from(x) },
        ]),
      ),
    );
  return { data, run, session };
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (x, i) => Math.abs(x - at(b, i))).reduce((max, x) => Math.max(max, x), 0);

test.each(["float32", "float64"] as const)("loss, errors and all gradients are PyTorch's (%s)", async (floatType) => {
  const { run, session } = await trainingGraph(floatType);
  const outputs = await run();
  const tolerance = floatType === "float32" ? 5e-6 : 5e-7; // the fixture is rounded to float32
  const close = (name: string, expected: string) => {
    const actual = Array.from(outputs[name]?.data ?? [], Number);
    const scale = Math.max(1, ...Array.from(numbers(expected), Math.abs));
    expect(largestDifference(numbers(expected), actual) / scale, name).toBeLessThan(tolerance);
  };
  close("loss", "loss");
  close("errors", "errors");
  for (const name of names) close(`gradient.${name}`, `gradient.${name}`);
  await session.dispose();
});

test("the gradient of the whole loss equals central differences in float64", async () => {
  const { data, run, session } = await trainingGraph("float64");
  const analytic = await run();
  const random = new Random(5);
  for (const name of names) {
    const x = data.get(name);
    if (!x) throw new Error(name);
    for (let sample = 0; sample < 4; sample++) {
      const k = Math.floor(random.uniform() * x.length);
      const kept = at(x, k);
      const lossAt = async (value: number) => {
        x[k] = value;
        return Number((await run()).loss?.data[0]);
      };
      const numeric = ((await lossAt(kept + 1e-5)) - (await lossAt(kept - 1e-5))) / 2e-5;
      x[k] = kept;
      const exact = Number(analytic[`gradient.${name}`]?.data[k]);
      expect(Math.abs(exact - numeric) / Math.max(1, Math.abs(numeric)), `${name}[${k}]`).toBeLessThan(1e-7);
    }
  }
  await session.dispose();
});

test("the sampling graph draws what the training graph is judged by", async () => {
  const session = await Session.create(samplingModel(weights, BATCH));
  const time = numbers("input.time");
  const [image, noise] = [numbers("input.image"), numbers("input.noise")];
  const t = (i: number) => at(time, Math.floor(i / (image.length / BATCH)));
  const noisy = image.map((x, i) => t(i) * x + (1 - t(i)) * at(noise, i));
  const outputs = await session.run({
    noisy: { dtype: "float32", shape: [BATCH, 8, 8, 3], data: noisy },
    time: { dtype: "float32", shape: [BATCH, 128], data: numbers("input.timeFeatures") },
    text: { dtype: "float32", shape: [BATCH, 6], data: numbers("input.text") },
  });
  expect(largestDifference(numbers("drawing"), Array.from(outputs.image?.data ?? [], Number))).toBeLessThan(2e-5);
  await session.dispose();
});

test("features of the time are those of the reference", () => {
  expect(largestDifference(timeFeatures(numbers("input.time")), numbers("input.timeFeatures"))).toBeLessThan(1e-4);
});

test("adding squares up is the adjoint of cutting them out", async () => {
  const g = new GraphBuilder("float64");
  const [image, squares] = [g.input("image", [2, 8, 8, 3]), g.input("squares", [2, 4, 192])];
  g.output("left", g.reduceSum(g.mul(cutSquares(g, image, TINY), squares)));
  g.output("right", g.reduceSum(g.mul(image, addSquares(g, squares, TINY))));
  const session = await Session.create(g.encode());
  const random = new Random(9);
  const normal = (length: number) => Float64Array.from({ length }, () => random.normal());
  const { left, right } = await session.run({
    image: { dtype: "float64", shape: [2, 8, 8, 3], data: normal(384) },
    squares: { dtype: "float64", shape: [2, 4, 192], data: normal(1536) },
  });
  expect(Number(left?.data[0])).toBeCloseTo(Number(right?.data[0]), 10);
  await session.dispose();
});

test("a batch that can't be halved is refused", () => {
  expect(() => flowTraining({ architecture: TINY, batch: 3, parameters: [] })).toThrow("even");
});
