import { expect, test } from "vitest";
import { tInterval, tQuantile975 } from "../../shared/statistics/t-interval.ts";
import reference from "../fixtures/ablations/statistics.fixture.json" with { type: "json" };

test.each(reference.quantiles)("t(0.975, $df) is SciPy's", ({ df, t }) => {
  expect(Math.abs(tQuantile975(df) / t - 1)).toBeLessThan(1e-10);
});

test.each(reference.intervals)(
  "the interval of $values.length values is SciPy's",
  ({ values, mean, sd, low, high }) => {
    const found = tInterval(values);
    for (const [ours, theirs] of [
      [found.mean, mean],
      [found.sd, sd],
      [found.low, low],
      [found.high, high],
    ])
      expect(ours).toBeCloseTo(theirs ?? Number.NaN, 12);
  },
);

test("one value has no interval, equal values one of no width, and no value no mean", () => {
  expect(tInterval([3])).toEqual({ n: 1, mean: 3, sd: null, low: null, high: null });
  expect(tInterval([0.5, 0.5, 0.5])).toEqual({ n: 3, mean: 0.5, sd: 0, low: 0.5, high: 0.5 });
  expect(() => tInterval([])).toThrow(RangeError);
});
