import { describe, expect, test } from "vitest";
import { fdInfinity } from "../../server/ml/metrics/fd-infinity.ts";
import { frechetDistance } from "../../server/ml/metrics/frechet.ts";
import { frechetInterval } from "../../server/ml/metrics/frechet-interval.ts";
import { resampledFrechet } from "../../server/ml/metrics/resampled-frechet.ts";
import { drawClusters, membersOf, STREAMS } from "../../server/ml/metrics/resampling.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import { referenceRows } from "../support/feature-rows.ts";

const reference = referenceRows(60, 40, 1);
const generated = referenceRows(30, 40, 2, { scale: 1.2, shift: 0.1 });

describe("frechetInterval", () => {
  test("the value is the distance, inside its interval, and the same seed gives the same bytes", async () => {
    const found = await frechetInterval(reference, generated, { resamples: 100, seed: 3 });
    expect(found.value / (await frechetDistance(reference, generated))).toBeCloseTo(1, 12);
    expect(found.low).toBeLessThan(found.value);
    expect(found.high).toBeGreaterThan(found.value);
    expect(found.bias).toBeGreaterThan(0);
    expect(found.n).toEqual({ reference: 60, generated: 30 });
    expect(await frechetInterval(reference, generated, { resamples: 100, seed: 3 })).toEqual(found);
    expect(await frechetInterval(reference, generated, { resamples: 100, seed: 4 })).not.toEqual(found);
  });

  test("another reference set would add noise", async () => {
    const one = await frechetInterval(reference, generated);
    const both = await frechetInterval(reference, generated, { resample: "BOTH" });
    expect(both.high - both.low).toBeGreaterThan(one.high - one.low);
  });

  test("every draw is kept, and sets with the same prompts are drawn alike", async () => {
    const clusters = Array.from({ length: 30 }, (_, i) => Math.floor(i / 3));
    const found = await frechetInterval(reference, generated, { resamples: 20, clusters, seed: 5 });
    const members = membersOf(clusters);
    const resampled = await resampledFrechet(reference, generated);
    for (const [i, value] of found.resampled.entries()) {
      const counts = drawClusters(members, 30, new Random(5, STREAMS.frechetRows, i));
      expect(value).toBe(await resampled.distance({ generated: counts }));
    }
    const nearly = { width: 40, values: Float64Array.from(generated.values, (value) => value * 1.0001) };
    const other = await frechetInterval(reference, nearly, { resamples: 20, clusters, seed: 5 });
    const spread = Math.max(...found.resampled) - Math.min(...found.resampled);
    for (const [i, value] of found.resampled.entries())
      expect(Math.abs((other.resampled[i] ?? 0) - value)).toBeLessThan(0.01 * spread);
  });

  test("rows of one prompt are drawn together", async () => {
    // each row three times over: as clusters that's the noise of 10 rows, as single rows that of 30
    const values = Float32Array.from(generated.values, (_, i) => {
      const row = Math.floor(i / 40);
      return generated.values[(row - (row % 3)) * 40 + (i % 40)] ?? 0;
    });
    const tripled = { values, width: 40 };
    const clusters = Array.from({ length: 30 }, (_, i) => Math.floor(i / 3));
    const [alone, together] = [
      await frechetInterval(reference, tripled),
      await frechetInterval(reference, tripled, { clusters }),
    ];
    expect((together.high - together.low) / (alone.high - alone.low)).toBeGreaterThan(1.3);
    await expect(frechetInterval(reference, tripled, { clusters: [1] })).rejects.toThrow("do not fit");
    await expect(frechetInterval(reference, tripled, { clusters: clusters.map(() => 1) })).rejects.toThrow(
      "One cluster",
    );
  });
});

test("a resample's distance is that of its written-out rows", async () => {
  const resampled = await resampledFrechet(reference, generated);
  const counts = Uint32Array.from({ length: 30 }, (_, i) => i % 4);
  const written = Array.from(counts).flatMap((count, i) =>
    Array.from({ length: count }, () => [...generated.values.subarray(i * 40, (i + 1) * 40)]).flat(),
  );
  const found = await resampled.distance({ generated: counts });
  const wanted = await frechetDistance(reference, { values: Float32Array.from(written), width: 40 });
  expect(Math.abs(found / wanted - 1)).toBeLessThan(1e-10);
});

test("large sets are resampled by rows, to the same numbers", async () => {
  const [many, few] = [referenceRows(3100, 6, 1), referenceRows(50, 6, 2, { scale: 2 })];
  const resampled = await resampledFrechet(many, few);
  expect(await resampled.distance({})).toBe(await frechetDistance(many, few));
  const all = { reference: new Uint8Array(3100).fill(1), generated: new Uint8Array(50).fill(1) };
  expect(await resampled.distance(all)).toBe(await frechetDistance(many, few));
});

describe("fdInfinity", () => {
  test("the bias of few rows goes, the distance stays", async () => {
    // standard normal against normal with deviation 1.5 in 20 columns: 20 (1.5 - 1)^2
    const truth = 5;
    const [whole, part] = [normalRows(20_000, 1, 1), normalRows(1000, 2, 1.5)];
    const found = await fdInfinity(whole, part, { repeats: 20 });
    expect(found.points.map((point) => point.n).slice(0, 2)).toEqual([100, 164]);
    expect(found.points.at(-1)?.value).toBeCloseTo(await frechetDistance(whole, part), 12);
    expect(found.slope).toBeGreaterThan(0);
    expect(found.fit).toBeGreaterThan(0.9);
    const few = found.points.at(0)?.value ?? Number.NaN;
    const all = found.points.at(-1)?.value ?? Number.NaN;
    expect(few).toBeGreaterThan(all);
    expect(all).toBeGreaterThan(truth);
    expect(Math.abs(found.value - truth)).toBeLessThan((few - truth) / 4);
    expect(await fdInfinity(whole, part, { repeats: 20 })).toEqual(found);
  });

  test("sizes that are no sizes are refused", async () => {
    await expect(fdInfinity(reference, referenceRows(10, 40, 2))).rejects.toThrow("10 generated rows do not give 15");
    await expect(fdInfinity(reference, generated, { points: 1 })).rejects.toThrow(RangeError);
  });
});

function normalRows(n: number, seed: number, deviation: number) {
  const random = new Random(seed);
  return { width: 20, values: Float64Array.from({ length: n * 20 }, () => deviation * random.normal()) };
}
