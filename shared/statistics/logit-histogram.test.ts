import { expect, test } from "vitest";
import { LOGIT_GRID, logitBin, logitBinEdges, logitHistogram } from "./logit-histogram.ts";

test("a logit lies between the edges of its bin; what is beyond the grid is in the outer bins", () => {
  for (const logit of [-1e9, -10.001, -10, -9.75, -0.001, 0, 0.499, 0.5, 9.999, 10, 1e9]) {
    const [from, to] = logitBinEdges(logitBin(logit));
    expect(logit >= from && logit < to, `${logit} in [${from}, ${to})`).toBe(true);
  }
  expect([logitBin(-10.001), logitBin(-10), logitBin(9.999), logitBin(10)]).toEqual([0, 1, 40, 41]);
  expect(() => logitBin(Number.NaN)).toThrow("not a number");
});

test("every logit is counted once, and the mean is theirs and not the bins'", () => {
  const { n, meanLogit, counts } = logitHistogram([-20, 0.1, 0.4, 3]);
  expect({ n, meanLogit, bins: counts.length }).toEqual({
    n: 4,
    meanLogit: (-20 + 0.1 + 0.4 + 3) / 4,
    bins: LOGIT_GRID.bins,
  });
  expect(counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []))).toEqual([
    [0, 1],
    [21, 2],
    [27, 1],
  ]);
  expect(logitHistogram([])).toMatchObject({ n: 0, meanLogit: null });
});
