import { expect, test } from "vitest";
import { GraphBuilder } from "../onnx/operators.ts";
import { Random } from "../onnx/random.ts";
import { Session } from "../onnx/session.ts";
import { elementCount } from "../onnx/shape.ts";
import { exportFeatureModel, exportImageModel } from "./export.ts";
import { type RewardWeights, rewardTensorShapes } from "./rpl.ts";
import { scoreFeatures } from "./score.ts";

const D = 3;

/** Stands for an encoder: per channel the mean and the mean square over the pixels of image [N, 3, 4, 4]. */
function encoder(names: readonly [string, string] = ["first", "second"]): Uint8Array {
  const g = new GraphBuilder();
  const image = g.input("image", [2, D, 4, 4]);
  g.output(names[0], g.reduceMean(image, [2, 3]));
  g.output(names[1], g.reduceMean(g.mul(image, image), [2, 3]));
  return g.encode({ dynamicBatch: "batch" });
}

function randomWeights(width: number, seed = 11): RewardWeights {
  const random = new Random(seed);
  const fill = (name: string) => () => (name.endsWith("running_var") ? 0.5 + random.uniform() : random.normal());
  return new Map(
    [...rewardTensorShapes(width)].map(([name, shape]) => [
      name,
      { shape, data: Float32Array.from({ length: elementCount(shape) }, fill(name)) },
    ]),
  );
}

test("the image model gives what encoder and reward model give one after the other, for any batch", async () => {
  const weights = randomWeights(2 * D);
  const [alone, whole] = [
    await Session.create(encoder()),
    await Session.create(exportImageModel(encoder(), [weights])),
  ];
  expect(whole.inputNames).toEqual(["image"]);
  expect(whole.outputNames).toEqual(["logits", "logit", "score"]);
  const random = new Random(12);
  for (const n of [1, 5]) {
    const data = Float32Array.from({ length: n * D * 16 }, () => random.normal());
    const image = { dtype: "float32" as const, shape: [n, D, 4, 4], data };
    const { first, second } = await alone.run({ image });
    const rows = Array.from({ length: n }, (_, i) => [
      ...Array.from(first?.data.slice(i * D, (i + 1) * D) ?? [], Number),
      ...Array.from(second?.data.slice(i * D, (i + 1) * D) ?? [], Number),
    ]);
    const expected = await scoreFeatures([weights], Float32Array.from(rows.flat()));
    const { logit, score } = await whole.run({ image });
    expect(logit?.shape).toEqual([n]);
    for (let i = 0; i < n; i++) {
      expect(Number(logit?.data[i])).toBeCloseTo(expected.logits[i] ?? Number.NaN, 4);
      expect(Number(score?.data[i])).toBeCloseTo(expected.scores[i] ?? Number.NaN, 5);
    }
  }
});

test("several members: logits of each, the mean of their scores, and its logit, which does not saturate", async () => {
  const members = [11, 12, 13].map((seed) => randomWeights(2 * D, seed));
  const session = await Session.create(exportFeatureModel(members));
  const random = new Random(14);
  for (const n of [1, 4]) {
    const rows = Float32Array.from({ length: n * 2 * D }, () => 20 * random.normal());
    const { logits, logit, score } = await session.run({
      features: { dtype: "float32", shape: [n, 2 * D], data: rows },
    });
    expect(logits?.shape).toEqual([n, 3, 2]);
    const alone = await Promise.all(members.map((weights) => scoreFeatures([weights], rows)));
    const together = await scoreFeatures(members, rows);
    for (let i = 0; i < n; i++) {
      const z = alone.map((scored) => scored.logits[i] ?? Number.NaN);
      for (const [j, own] of z.entries()) expect(together.members[j]?.[i]).toBeCloseTo(own, 4);
      const mean = (sign: number) => z.reduce((sum, own) => sum + 1 / (1 + Math.exp(-sign * own)), 0) / 3;
      expect(Number(score?.data[i])).toBeCloseTo(mean(1), 5);
      expect(Number(logit?.data[i])).toBeCloseTo(Math.log(mean(1) / mean(-1)), 3);
      expect(together.scores[i]).toBe(Number(score?.data[i]));
      expect(together.logits[i]).toBe(Number(logit?.data[i]));
    }
  }
});

test("members of several widths, or none, are refused", () => {
  expect(() => exportFeatureModel([randomWeights(4), randomWeights(6)])).toThrow("Members of widths [4,6]");
  expect(() => exportFeatureModel([])).toThrow("Members of widths []");
});

test.each([
  ["an encoder without the two outputs", () => encoder(["features", "second"]), 2 * D, 'has no output "first"'],
  ["an encoder of another width", () => encoder(), 2 * D + 2, "is wanted"],
  ["a file that is no model", () => new Uint8Array(0), 2 * D, "not an ONNX model"],
])("%s is refused", (_what, file, width, sentence) => {
  expect(() => exportImageModel(file(), [randomWeights(width)])).toThrow(sentence);
});
