import { describe, expect, test } from "vitest";
import { transposed } from "../../server/ml/linear-algebra/lower-triangle.ts";
import { type FeatureRows } from "../../server/ml/metrics/feature-rows.ts";
import { frechetDistance, frechetMoments } from "../../server/ml/metrics/frechet.ts";
import { frechetName } from "../../server/ml/metrics/metric-name.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import reference from "../fixtures/metrics/metrics.fixture.json" with { type: "json" };
import { referenceRows } from "../support/feature-rows.ts";

test.each(reference.sets)("$name: SciPy's value, and the exact one", async ({ n1, n2, width, scipy, exact }) => {
  const found = await frechetDistance(
    referenceRows(n1, width, 1),
    referenceRows(n2, width, 2, { scale: 1.3, shift: 0.1 }),
  );
  const regular = Math.min(n1, n2) >= width;
  expect(Math.abs(found / scipy - 1)).toBeLessThan(regular ? 1e-8 : 1e-6);
  expect(Math.abs(found / exact - 1)).toBeLessThan(1e-10);
});

describe("closed forms", () => {
  test("one column: (m1 - m2)^2 + (s1 - s2)^2", async () => {
    const [a, b] = [rows([[1], [3], [5]]), rows([[10], [20], [30]])];
    expect(await frechetDistance(a, b)).toBeCloseTo(17 ** 2 + (2 - 10) ** 2, 10);
  });

  test("diagonal covariances: the same, column by column", async () => {
    // +-s along each axis: means m, covariance diagonal with 2 s^2 / (2 d - 1)
    const cross = (sizes: number[], mean: number) =>
      rows(sizes.flatMap((size, j) => [1, -1].map((sign) => sizes.map((_, k) => mean + (j === k ? sign * size : 0)))));
    const [first, second] = [
      [1, 2, 3],
      [2, 1, 0],
    ];
    const spread = first.reduce((sum, size, j) => sum + (size - (second[j] ?? 0)) ** 2, 0) * (2 / 5);
    expect(await frechetDistance(cross(first, 1), cross(second, 3))).toBeCloseTo(3 * 4 + spread, 10);
  });

  test("equal covariances: the squared distance of the means", async () => {
    const a = referenceRows(60, 20, 3);
    const moved = { width: 20, values: Float64Array.from(a.values, (value, i) => value + (i % 20)) };
    const squares = Array.from({ length: 20 }, (_, j) => j * j).reduce((sum, square) => sum + square, 0);
    expect(Math.abs((await frechetDistance(a, moved)) / squares - 1)).toBeLessThan(1e-9);
  });

  test("commuting covariances: scaled rows, tr S (1 - c)^2", async () => {
    const a = centred(referenceRows(90, 30, 4));
    const scaled = { width: 30, values: a.values.map((value) => 3 * value) };
    let trace = 0;
    for (const value of a.values) trace += value * value;
    expect(Math.abs((await frechetDistance(a, scaled)) / ((trace / 89) * 4) - 1)).toBeLessThan(1e-9);
  });
});

describe("properties", () => {
  test.each([
    ["more rows than columns", 200, 30],
    ["fewer", 30, 200],
  ])("a set has distance 0 to itself: %s", async (_, n, width) => {
    const a = referenceRows(n, width, 5);
    expect(await frechetDistance(a, a)).toBeLessThan(1e-12);
  });

  test("it is symmetric, and turning both sets changes nothing", async () => {
    const [a, b] = [referenceRows(50, 12, 6), referenceRows(40, 12, 7, { scale: 2 })];
    const found = await frechetDistance(a, b);
    expect(await frechetDistance(b, a)).toBeCloseTo(found, 12);
    const reversed = ({ values, width }: FeatureRows) => ({ values: Float64Array.from(values).reverse(), width });
    expect(await frechetDistance(reversed(a), reversed(b))).toBeCloseTo(found, 12);
  });

  test("constant and repeated columns are no special case", async () => {
    const wide = ({ values, width }: FeatureRows): FeatureRows => ({
      width: width * 2 + 1,
      values: Float32Array.from({ length: (values.length / width) * (width * 2 + 1) }, (_, i) => {
        const [row, column] = [Math.floor(i / (width * 2 + 1)), i % (width * 2 + 1)];
        return column === width * 2 ? 7 : (values[row * width + (column % width)] ?? 0);
      }),
    });
    const [a, b] = [referenceRows(100, 10, 8), referenceRows(90, 10, 9, { scale: 2, shift: 1 })];
    // each column twice: twice the distance
    expect((await frechetDistance(wide(a), wide(b))) / (2 * (await frechetDistance(a, b)))).toBeCloseTo(1, 10);
    const constant = { width: 2, values: new Float32Array(10).fill(3) };
    expect(await frechetDistance(constant, constant)).toBe(0);
  });

  // 4,001: three chunks, the last with an odd number of rows; and the first chunk is of other rows than the rest
  test.each(["float32", "float64"])("rows of several chunks in an order, as in two passes: %s", async (type) => {
    const [n, width] = [4001, 6];
    const random = new Random(3);
    const doubles = Float64Array.from({ length: n * width }, (_, i) => random.normal() + (i < 2000 * width ? 1000 : 0));
    const values = type === "float32" ? Float32Array.from(doubles) : doubles;
    const found = await frechetMoments({ values, width });
    if (!("size" in found.factor)) throw new Error("The covariance is regular.");
    const r = transposed(found.factor).values;
    const mean = Array.from({ length: width }, (_, j) => sumOf(n, (i) => values[i * width + j] ?? 0) / n);
    const of = (j: number, k: number) =>
      sumOf(
        n,
        (i) => ((values[i * width + j] ?? 0) - (mean[j] ?? 0)) * ((values[i * width + k] ?? 0) - (mean[k] ?? 0)),
      ) /
      (n - 1);
    for (let j = 0; j < width; j++) {
      expect(Math.abs((found.mean[j] ?? 0) / (mean[j] ?? 0) - 1)).toBeLessThan(1e-13);
      for (let k = 0; k < width; k++) {
        const product = sumOf(width, (i) => (r[i * width + j] ?? 0) * (r[i * width + k] ?? 0));
        expect(Math.abs(product / (n - 1) / of(j, k) - 1)).toBeLessThan(1e-13);
      }
    }
    values[4000 * width] = Number.NaN;
    await expect(frechetMoments({ values, width })).rejects.toThrow("Row 4000 holds NaN in column 0");
  });

  test("rows far from the origin keep their digits", async () => {
    const random = new Random(1);
    const make = (shift: number) => ({
      width: 4,
      values: Float64Array.from({ length: 400 }, () => random.normal() + shift),
    });
    const [a, b] = [make(0), make(1)];
    const far = ({ values, width }: FeatureRows) => ({ width, values: Float64Array.from(values, (x) => x + 1e6) });
    expect((await frechetDistance(far(a), far(b))) / (await frechetDistance(a, b))).toBeCloseTo(1, 8);
  });
});

test("what cannot be compared is refused, by row where a number is at fault", async () => {
  const a = referenceRows(5, 3, 1);
  await expect(frechetDistance(a, referenceRows(5, 4, 1))).rejects.toThrow("widths 3 and 4");
  await expect(frechetDistance(a, referenceRows(1, 3, 1))).rejects.toThrow("1 row has no covariance");
  await expect(frechetDistance(a, { width: 3, values: new Float32Array(0) })).rejects.toThrow("0 rows have no");
  await expect(frechetDistance(a, { width: 3, values: new Float32Array(7) })).rejects.toThrow("no rows of width 3");
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const values = a.values.slice();
    values[7] = wrong;
    await expect(frechetDistance(a, { width: 3, values })).rejects.toThrow(`Row 2 holds ${wrong} in column 1`);
  }
});

test("only the standard Inception's features make an FID", () => {
  expect(frechetName({ id: "inception-v3-fid", width: 2048 })).toBe("FID");
  expect(frechetName({ id: "inception-v3-fid", width: 768 })).toBe("FD(inception-v3-fid)");
  expect(frechetName({ id: "mobilenet-v2-mid", width: 1344 })).toBe("FD(mobilenet-v2-mid)");
});

function rows(of: number[][]): FeatureRows {
  return { width: of[0]?.length ?? 0, values: Float64Array.from(of.flat()) };
}

function centred({ values, width }: FeatureRows): FeatureRows {
  const n = values.length / width;
  const means = Array.from(
    { length: width },
    (_, j) =>
      Array.from({ length: n }, (_, i) => values[i * width + j] ?? 0).reduce((sum, value) => sum + value, 0) / n,
  );
  return { width, values: Float64Array.from(values, (value, i) => value - (means[i % width] ?? 0)) };
}

function sumOf(n: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += value(i);
  return sum;
}
