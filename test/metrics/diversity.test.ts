import { expect, test } from "vitest";
import { meanDistances, meanOfPairs, pairsOf } from "../../server/ml/metrics/diversity.ts";
import reference from "../fixtures/metrics/metrics.fixture.json" with { type: "json" };
import { referenceRows } from "../support/feature-rows.ts";

test.each(reference.diversity)(
  "$n samples: SciPy's mean distance of each to the others, also pair by pair",
  ({ n, width, means }) => {
    const { values } = referenceRows(n, width, 3);
    const found = meanDistances({ values, width });
    expect(found).toHaveLength(n < 2 ? 0 : n);
    for (const [i, mean] of means.entries()) expect(found[i]).toBeCloseTo(mean, 12);
    const row = (i: number) => [...values.subarray(i * width, (i + 1) * width)];
    const distances = pairsOf(n).map(([i, j]) => Math.hypot(...row(i).map((x, d) => x - (row(j)[d] ?? 0))));
    expect(distances).toHaveLength((n * (n - 1)) / 2);
    for (const [i, mean] of meanOfPairs(n, distances).entries()) expect(mean).toBeCloseTo(means[i] ?? Number.NaN, 12);
  },
);

test("samples that are one have none", () => {
  expect([...meanDistances({ values: Float32Array.of(1, 2, 1, 2, 1, 2), width: 2 })]).toEqual([0, 0, 0]);
});
