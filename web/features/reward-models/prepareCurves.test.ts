import { expect, test } from "vitest";
import { logitHistogram } from "../../../shared/statistics/logit-histogram.ts";
import {
  driftRows,
  highestShare,
  outline,
  type RankSlices,
  type RewardModel,
  rankDomain,
  rankTicks,
  reliabilityDots,
} from "./prepareCurves.ts";

test("a dot of the reliability diagram has Wilson's interval; an empty bin has no dot", () => {
  const bin = { from: 0, to: 0.1, n: 0, meanScore: null, positiveShare: null };
  const dots = reliabilityDots([bin, { ...bin, n: 3, meanScore: 0.52, positiveShare: 1 / 3 }]);
  expect(dots).toHaveLength(1);
  // R: binom::binom.wilson(1, 3)
  expect(dots[0]?.low).toBeCloseTo(0.0614919, 6);
  expect(dots[0]?.high).toBeCloseTo(0.7923404, 6);
  expect(dots[0]?.text).toBe("score 0.520: 0.33 (0.06 to 0.79) proxy items, n = 3");
});

test("a histogram's outline spans the grid and the outer bins are drawn as wide as the others", () => {
  const steps = outline(logitHistogram([-50, 0.2, 0.3, 0.4]));
  expect([steps[0], steps.at(-1)]).toEqual([
    { logit: -10.5, share: 0.25 },
    { logit: 10.5, share: 0 },
  ]);
  expect(steps.filter(({ share }) => share === 0.75).map(({ logit }) => logit)).toEqual([0, 0.5]);
  expect(outline(logitHistogram([]))).toEqual([]);
  expect(highestShare([logitHistogram([]), logitHistogram([0, 0, 5, 5])])).toBe(0.5);
});

const trained = (id: string, name: string, logits: number[] | null) => ({
  ...{ id, name, state: "TRAINED", heldOutAuc: 0.9, heldOutAucLow: 0.85, heldOutAucHigh: 0.95 },
  curves: {
    training: null,
    samples: logits && logitHistogram(logits),
  },
});

test("drift is between trained models of one name, from one round to the next", () => {
  const rounds = [
    { id: "r1", index: 1, rewardModels: [trained("a", "R", [-4, -2]), trained("j", "judge", [0])] },
    { id: "r2", index: 2, rewardModels: [{ ...trained("b", "R", null), state: "FAILED" }] },
    { id: "r3", index: 3, rewardModels: [trained("c", "R", [0, 1])] },
  ];
  const rows = driftRows({ id: "c", name: "R", round: { experiment: { rounds } } } as unknown as RewardModel);
  expect(rows.map(({ roundIndex, moved, isThis }) => [roundIndex, moved, isThis])).toEqual([
    [1, null, false],
    [3, 3.5, true],
  ]);
  expect(rows[0]?.auc).toEqual({ value: 0.9, low: 0.85, high: 0.95 });
});

test("a rank chart's scale holds all intervals; of many ranks some have a tick", () => {
  const ranks = [
    { rank: 1, value: 20, low: 18, high: 22, bias: null, n: 9 },
    { rank: 2, value: 30, low: null, high: null, bias: null, n: 9 },
  ];
  const [low, high] = rankDomain({ ranks } as unknown as RankSlices);
  expect(low).toBeLessThan(18);
  expect(high).toBeGreaterThan(30);
  expect(rankTicks(4)).toEqual([1, 2, 3, 4]);
  expect(rankTicks(64)).toEqual([1, 9, 17, 25, 33, 41, 49, 57]);
});
