import { expect, test } from "vitest";
import { spearman } from "../../server/ml/metrics/spearman.ts";
import reference from "../fixtures/metrics/metrics.fixture.json" with { type: "json" };

test.each(reference.spearman)(
  "$x.length pairs: SciPy's correlation, with Bonett and Wright's interval",
  ({ x, y, rho }) => {
    const found = spearman(x, y);
    expect(found?.value).toBeCloseTo(rho, 12);
    const half = 1.959963984540054 * Math.sqrt((1 + rho ** 2 / 2) / (x.length - 3));
    expect(found?.interval?.low).toBeCloseTo(Math.tanh(Math.atanh(rho) - half), 12);
    expect(found?.interval?.high).toBeCloseTo(Math.tanh(Math.atanh(rho) + half), 12);
  },
);

test("a monotone relation is 1, a reversed one -1, of no width", () => {
  const x = [1, 2, 3, 4, 5];
  expect(
    spearman(
      x,
      x.map((value) => value ** 3),
    ),
  ).toEqual({ value: 1, interval: { low: 1, high: 1 }, n: 5 });
  expect(spearman(x, x.toReversed())?.value).toBe(-1);
  expect(spearman([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY], [1, 2, 3])).toEqual({
    value: 1,
    interval: null,
    n: 3,
  });
});

test("no correlation where a side is constant or there is one pair; NaN and unequal lengths are refused", () => {
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
  expect(spearman([1], [2])).toBeNull();
  expect(spearman([], [])).toBeNull();
  expect(() => spearman([1, Number.NaN], [1, 2])).toThrow("Value 1 is not a number");
  expect(() => spearman([1], [1, 2])).toThrow("do not make pairs");
});
