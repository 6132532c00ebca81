import { expect, test } from "vitest";
import { exactBinomialP } from "../../shared/statistics/exact-binomial.ts";
import known from "../fixtures/study/known-answers.fixture.json" with { type: "json" };
import reference from "../fixtures/study/statistics.fixture.json" with { type: "json" };

const cases = [
  ...known.exact_binomial_two_sided_p_against_half.cases.map((one) => ({ ...one, probability: 0.5 })),
  ...reference.binomial,
];

test.each(cases)("$wins of $n against $probability: SciPy's p", ({ wins, n, probability, p }) => {
  expect(exactBinomialP(wins, n, probability) / p).toBeCloseTo(1, 9);
});

test("no trials say nothing, and impossible ones are refused", () => {
  expect(exactBinomialP(0, 0)).toBeCloseTo(1, 12);
  expect(() => exactBinomialP(3, 2)).toThrow(RangeError);
  expect(() => exactBinomialP(1, 2, 1)).toThrow(RangeError);
});
