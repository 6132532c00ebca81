import { expect, test } from "vitest";
import { fleissKappa } from "../../shared/statistics/fleiss-kappa.ts";
import { krippendorffAlpha } from "../../shared/statistics/krippendorff-alpha.ts";
import known from "../fixtures/study/known-answers.fixture.json" with { type: "json" };
import reference from "../fixtures/study/statistics.fixture.json" with { type: "json" };

test("Fleiss' kappa of the textbook's 14 raters, and statsmodels'", () => {
  expect(fleissKappa(known.fleiss_kappa.counts)?.kappa).toBeCloseTo(known.fleiss_kappa.kappa, 9);
  expect(fleissKappa(reference.fleiss.counts)?.kappa).toBeCloseTo(reference.fleiss.kappa, 12);
});

test("items with fewer than two ratings say nothing of agreement, and one category alone leaves nothing to chance", () => {
  const counts = [
    [3, 1],
    [1, 3],
    [1, 0],
    [0, 0],
  ];
  expect(fleissKappa(counts)).toEqual(fleissKappa(counts.slice(0, 2)));
  expect(fleissKappa([[1, 0]])).toBeNull();
  expect(fleissKappa([[4, 0]])).toMatchObject({ kappa: null, observed: 1, expected: 1 });
});

test.each(["nominal", "interval"] as const)(
  "Krippendorff's alpha, %s: his example and the krippendorff package's",
  (level) => {
    const { krippendorff_alpha: example } = known;
    expect(krippendorffAlpha(example.ratings, level)).toBeCloseTo(example[level], 9);
    expect(krippendorffAlpha(reference.krippendorff.ratings, level)).toBeCloseTo(reference.krippendorff[level], 12);
  },
);

test("alpha is null where there is nothing to tell apart", () => {
  expect(
    krippendorffAlpha(
      [
        [1, 1],
        [1, null],
      ],
      "nominal",
    ),
  ).toBeNull();
  expect(
    krippendorffAlpha(
      [
        [1, null],
        [null, 2],
      ],
      "nominal",
    ),
  ).toBeNull();
  expect(krippendorffAlpha([], "nominal")).toBeNull();
});
