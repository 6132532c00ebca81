import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeSafetensors } from "../safetensors.ts";
import { averageWeights } from "./average.ts";
import { readRewardMembers, tensorsUnder } from "./weights-file.ts";

/** Made by tools/reference/strategies_reference.py with PyTorch (update_bn) and NumPy. */
const file = readFileSync(new URL("../../../test/fixtures/strategies/average.safetensors", import.meta.url));
const { tensors } = decodeSafetensors(file);
const members = readRewardMembers(file);
const positives = Float32Array.from(tensors.get("positives")?.data ?? [], Number);
const negatives = Float32Array.from(tensors.get("negatives")?.data ?? [], Number);
const WIDTH = 8;

function largestDifference(actual: ArrayLike<number> | undefined, expected: ArrayLike<number | bigint>): number {
  expect(actual?.length).toBe(expected.length);
  return Array.from(expected, Number).reduce((worst, y, i) => Math.max(worst, Math.abs((actual?.[i] ?? 0) - y)), 0);
}

/** The reference is float64, so its tensors are not read by tensorsUnder. */
function expectReference(weights: ReadonlyMap<string, { data: Float32Array }>, prefix: string): void {
  const expected = [...tensors].filter(([name]) => name.startsWith(prefix) && !name.endsWith("num_batches_tracked"));
  expect(expected).toHaveLength(weights.size);
  for (const [name, { data }] of expected) {
    expect(largestDifference(weights.get(name.slice(prefix.length))?.data, data), name).toBeLessThan(1e-6);
  }
}

test("classes of one size: mean weights, and the statistics that PyTorch's update_bn gives", async () => {
  expect(members).toHaveLength(3);
  expectReference(
    await averageWeights(members, { positives, negatives: negatives.subarray(0, positives.length) }),
    "equal.",
  );
});

test("classes of other sizes count as much as each other: NumPy's weighted mean and unbiased variance", async () => {
  expectReference(await averageWeights(members, { positives, negatives }), "unequal.");
});

test("the statistics do not depend on how the rows fall into batches, nor much on their order", async () => {
  const many = Float32Array.from({ length: 600 * WIDTH }, (_, i) => Math.sin(i * 0.37) * 3 + (i % WIDTH));
  const turned = Float32Array.from({ length: many.length }, (_, i) => {
    const row = 599 - Math.floor(i / WIDTH);
    return many[row * WIDTH + (i % WIDTH)] ?? 0;
  });
  const one = await averageWeights(members, { positives: many, negatives });
  const other = await averageWeights(members, { positives: turned, negatives });
  for (const [name, { data }] of one) {
    expect(largestDifference(other.get(name)?.data, data), name).toBeLessThan(1e-5);
  }
});

test("members of two runs are refused, and so is a file without all of table 6", async () => {
  const [first, second] = members;
  if (!first || !second) throw new Error("The fixture has too few members.");
  const other = new Map(second).set("input.scale", { shape: [WIDTH], data: new Float32Array(WIDTH).fill(2) });
  await expect(averageWeights([first, other], { positives, negatives })).rejects.toThrow("not of one run");
  await expect(averageWeights([], { positives, negatives })).rejects.toThrow(RangeError);
  const less = new Map([...tensorsUnder(tensors, "member.0.")].filter(([name]) => name !== "norm2.running_var"));
  await expect(averageWeights([less], { positives, negatives })).rejects.toThrow("norm2.running_var");
});
