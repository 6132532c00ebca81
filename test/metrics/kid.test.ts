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

test("drawn again, whole prompts at once, the value varies as the jackknife over prompts says", async () => {
  const clusters = Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
  const { value, resampled } = await kid(a, b, { resamples: 4000, clusters, seed: 1 });
  const mean = resampled.reduce((sum, one) => sum + one, 0) / resampled.length;
  const sd = Math.sqrt(resampled.reduce((sum, one) => sum + (one - mean) ** 2, 0) / resampled.length);
  const without: number[] = [];
  for (let cluster = 0; cluster < 10; cluster++) {
    const values = Float64Array.from(b.values).filter((_, i) => Math.floor(i / 64) !== cluster);
    without.push((await kid(a, { values, width: 16 })).value);
  }
  const centre = without.reduce((sum, one) => sum + one, 0) / 10;
  const jackknife = Math.sqrt((9 / 10) * without.reduce((sum, one) => sum + (one - centre) ** 2, 0));
  expect(Math.abs(mean - value)).toBeLessThan((4 * sd) / Math.sqrt(4000));
  // The bootstrap's variance is (10 - 1) / 10 of the jackknife's, to first order.
  expect(sd / (jackknife * Math.sqrt(9 / 10))).toBeCloseTo(1, 1);
  expect((await kid(a, b)).resampled).toEqual([]);
});

test("sets with the same prompts are drawn alike: moved rows are as far from each other in every draw", async () => {
  const clusters = Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
  const options = { resamples: 50, clusters };
  const nearly = { width: 16, values: Float64Array.from(b.values, (value) => value * 1.0001) };
  const [one, other] = [await kid(a, b, options), await kid(a, nearly, options)];
  const spread = Math.max(...one.resampled) - Math.min(...one.resampled);
  for (const [i, value] of one.resampled.entries())
    expect(Math.abs((other.resampled[i] ?? 0) - value)).toBeLessThan(0.01 * spread);
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
