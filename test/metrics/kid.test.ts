import { expect, test } from "vitest";
import { kid } from "../../server/ml/metrics/kid.ts";
import reference from "../fixtures/metrics/metrics.fixture.json" with { type: "json" };
import { referenceRows } from "../support/feature-rows.ts";

const [a, b] = [referenceRows(60, 16, 1), referenceRows(40, 16, 2, { scale: 1.3, shift: 0.1 })];

test.each(reference.sets)("$name: the value of scikit-learn's kernels", async ({ n1, n2, width, kid: wanted }) => {
  const found = await kid(referenceRows(n1, width, 1), referenceRows(n2, width, 2, { scale: 1.3, shift: 0.1 }));
  expect(Math.abs(found.value - wanted)).toBeLessThan(1e-12 * Math.max(1, width));
});

test("the value does not depend on the blocks the kernels are summed in", async () => {
  const whole = await kid(referenceRows(1500, 4, 1), referenceRows(1200, 4, 2));
  const swapped = await kid(referenceRows(1200, 4, 2), referenceRows(1500, 4, 1));
  expect(swapped.value).toBeCloseTo(whole.value, 12);
});

test("the interval is the jackknife's, of one side or of both", async () => {
  const without = (rows: typeof a, i: number) => ({
    width: 16,
    values: Float64Array.from([...rows.values.subarray(0, i * 16), ...rows.values.subarray((i + 1) * 16)]),
  });
  const variation = async (n: number, leftOut: (i: number) => ReturnType<typeof kid>) => {
    const values: number[] = [];
    for (let i = 0; i < n; i++) values.push((await leftOut(i)).value);
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    return ((n - 1) / n) * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const ofB = await variation(40, (i) => kid(a, without(b, i)));
  const ofA = await variation(60, (i) => kid(without(a, i), b));
  const [one, both] = [await kid(a, b), await kid(a, b, { resample: "BOTH" })];
  expect(((one.interval?.high ?? 0) - one.value) / (1.959963984540054 * Math.sqrt(ofB))).toBeCloseTo(1, 8);
  expect(((both.interval?.high ?? 0) - both.value) / (1.959963984540054 * Math.sqrt(ofA + ofB))).toBeCloseTo(1, 8);
});

test("subsets of all rows are all rows; smaller ones scatter around them, the same for the same seed", async () => {
  const all = await kid(b, referenceRows(40, 16, 3));
  const whole = await kid(b, referenceRows(40, 16, 3), { subsets: 2 });
  expect(whole.value).toBeCloseTo(all.value, 12);
  expect(whole.subsetSd).toBeCloseTo(0, 12);
  const found = await kid(a, b, { subsets: 200, subsetSize: 20, seed: 1 });
  expect(await kid(a, b, { subsets: 200, subsetSize: 20, seed: 1 })).toEqual(found);
  expect(Math.abs(found.value - (await kid(a, b)).value)).toBeLessThan((4 * (found.subsetSd ?? 0)) / Math.sqrt(200));
});

test("edges: two rows have no interval, one has no value, NaN names its row", async () => {
  expect((await kid(a, referenceRows(2, 16, 1))).interval).toBeNull();
  expect((await kid(a, b, { subsets: 1 })).interval).toBeNull();
  await expect(kid(a, referenceRows(1, 16, 1))).rejects.toThrow("2 are the least");
  await expect(kid(a, referenceRows(5, 8, 1))).rejects.toThrow("widths 16 and 8");
  await expect(kid(a, b, { subsets: 3, subsetSize: 1 })).rejects.toThrow("3 subsets of 1 rows");
  const values = b.values.slice();
  values[33] = Number.NaN;
  await expect(kid(a, { width: 16, values })).rejects.toThrow("Row 2 holds NaN in column 1");
});
