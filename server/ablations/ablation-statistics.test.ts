import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MetricDirection, Verdict } from "../../shared/enums.ts";
import { bestOf, type CellValue, differenceByPrompt, differenceBySeed, type Outcomes } from "./ablation-statistics.ts";

interface Paired {
  a: number[];
  b: number[];
  mean: number;
  low: number;
  high: number;
  p: number;
}
const reference: { seeds: Paired[]; prompts: Paired & { bootstrap: { low: number; high: number } } } = JSON.parse(
  readFileSync(new URL("../../test/fixtures/ablations/statistics.fixture.json", import.meta.url), "utf8"),
);
const { HIGHER, LOWER } = MetricDirection;

const cells = (values: number[], firstSeed = 0): CellValue[] =>
  values.map((value, i) => ({
    cellId: String(i),
    seed: firstSeed + i,
    value,
    n: null,
    low: null,
    high: null,
    bias: null,
  }));

describe("differences by seed", () => {
  test.each(reference.seeds)("the paired t test of SciPy: p = $p", ({ a, b, mean, low, high, p }) => {
    const found = differenceBySeed(cells(a), cells(b), HIGHER);
    expect(found?.n).toBe(a.length);
    expect(found?.mean).toBeCloseTo(mean, 12);
    expect(found?.low).toBeCloseTo(low, 12);
    expect(found?.high).toBeCloseTo(high, 12);
    expect(found?.verdict !== Verdict.NO_EVIDENCE).toBe(p < 0.05);
  });

  test("the verdict follows the metric's direction", () => {
    const [better, worse] = [cells([3, 4, 5]), cells([1, 2, 3.1])];
    expect(differenceBySeed(better, worse, HIGHER)?.verdict).toBe(Verdict.BETTER);
    expect(differenceBySeed(better, worse, LOWER)?.verdict).toBe(Verdict.WORSE);
    expect(differenceBySeed(worse, better, LOWER)?.verdict).toBe(Verdict.BETTER);
    expect(differenceBySeed(better, better, HIGHER)).toMatchObject({
      mean: 0,
      low: 0,
      high: 0,
      verdict: Verdict.NO_EVIDENCE,
    });
  });

  test("only seeds that both rows have are compared; one seed is no evidence, none is no difference", () => {
    expect(differenceBySeed(cells([1, 2, 3]), cells([1, 1], 1), HIGHER)).toMatchObject({ n: 2, mean: 1.5 });
    expect(differenceBySeed(cells([9]), cells([1]), HIGHER)).toMatchObject({
      n: 1,
      mean: 8,
      low: null,
      verdict: Verdict.NO_EVIDENCE,
    });
    expect(differenceBySeed(cells([1]), cells([1], 7), HIGHER)).toBeNull();
  });
});

describe("differences by prompt", () => {
  /** Outcomes of five seeds whose means over seeds are the given ones. */
  const outcomes = (means: number[]): Outcomes =>
    new Map([0, 1, 2, 3, 4].map((seed) => [seed, means.map((mean) => seed < Math.round(mean * 5))]));

  test("the interval over prompts is SciPy's, and that of 20,000 bootstrap resamples to within a tenth of its width", () => {
    const { a, b, mean, low, high, bootstrap } = reference.prompts;
    const found = differenceByPrompt(outcomes(a), outcomes(b), HIGHER);
    expect(found?.n).toBe(a.length);
    expect(found?.mean).toBeCloseTo(mean, 12);
    expect(found?.low).toBeCloseTo(low, 12);
    expect(found?.high).toBeCloseTo(high, 12);
    const tolerance = (bootstrap.high - bootstrap.low) / 10;
    expect(Math.abs((found?.low ?? 0) - bootstrap.low)).toBeLessThan(tolerance);
    expect(Math.abs((found?.high ?? 0) - bootstrap.high)).toBeLessThan(tolerance);
  });

  test("a prompt that offers no choice in one row, and a seed that one row lacks, are left out", () => {
    const row: Outcomes = new Map([
      [0, [true, true, null, true]],
      [1, [true, false, null, true]],
      [2, [false, false, null, false]],
    ]);
    const baseline: Outcomes = new Map([
      [0, [false, true, true, null]],
      [1, [false, true, true, null]],
    ]);
    expect(differenceByPrompt(row, baseline, HIGHER)).toMatchObject({ n: 2, mean: (1 - 0.5) / 2 });
    expect(differenceByPrompt(row, new Map(), HIGHER)).toBeNull();
  });
});

test("the best is highest or lowest, ties share it, and a row without a mean has no part", () => {
  expect(bestOf([1, 3, null, 3], HIGHER)).toEqual([false, true, false, true]);
  expect(bestOf([1, 3, null, 3], LOWER)).toEqual([true, false, false, false]);
  expect(bestOf([null, null], LOWER)).toEqual([false, false]);
});
