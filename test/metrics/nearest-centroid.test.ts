import { expect, test } from "vitest";
import { NearestCentroid } from "../../server/ml/metrics/nearest-centroid.ts";
import reference from "../fixtures/metrics/metrics.fixture.json" with { type: "json" };
import { referenceRows } from "../support/feature-rows.ts";

test.each(reference.retrieval)(
  "$prompts groups of $each: scikit-learn's nearest centroid, features in deviations within groups",
  async ({ prompts, each, width, nearest }) => {
    const towards = referenceRows(prompts, width, 5).values;
    const samples = (seed: number) => {
      const { values } = referenceRows(prompts * each, width, seed);
      return Float64Array.from(values, (x, i) => {
        const prompt = Math.floor(i / width / each);
        return x + 0.4 * (towards[prompt * width + (i % width)] ?? 0);
      });
    };
    const groups = new NearestCentroid(width);
    const shown = samples(4);
    const size = each * width;
    for (let p = 0; p < prompts; p++)
      groups.add(String(p), { values: shown.subarray(p * size, (p + 1) * size), width });
    expect(await groups.nearest({ values: samples(6), width })).toEqual(nearest.map(String));
  },
);

test("a constant feature tells nothing apart", async () => {
  const groups = new NearestCentroid(2);
  groups.add("low", { values: Float32Array.of(7, 0, 7, 1), width: 2 });
  groups.add("high", { values: Float32Array.of(7, 10, 7, 11), width: 2 });
  expect(await groups.nearest({ values: Float32Array.of(0, 2, 99, 9), width: 2 })).toEqual(["low", "high"]);
});

test("groups of one row each say nothing of how rows vary", async () => {
  const groups = new NearestCentroid(1);
  groups.add("a", { values: Float32Array.of(1), width: 1 });
  await expect(groups.nearest({ values: Float32Array.of(1), width: 1 })).rejects.toThrow("two rows or more");
});
