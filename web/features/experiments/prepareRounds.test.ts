import { expect, test } from "vitest";
import { aucText, compareRounds, type RewardModel, type RoundRow } from "./prepareRounds.ts";

function row(auc: number | null, interval?: [number, number]): RoundRow {
  const model = { heldOutAuc: auc, heldOutAucLow: interval?.[0] ?? null, heldOutAucHigh: interval?.[1] ?? null };
  return { round: {}, model, outcomes: undefined, best: undefined } as unknown as RoundRow;
}

test("the AUC of two rounds: a difference with its interval, and whether it is within chance", () => {
  const [far] = compareRounds(row(0.95, [0.93, 0.97]), row(0.87, [0.83, 0.9]));
  expect(far).toMatchObject({
    measure: "Held-out AUC",
    before: "0.950 (0.930 to 0.970)",
    after: "0.870 (0.830 to 0.900)",
    change: "−0.080 (−0.125 to −0.044)",
    reading: "the lower, the harder the samples are to tell from the proxy data",
  });
  const [near] = compareRounds(row(0.95, [0.93, 0.97]), row(0.94, [0.91, 0.97]));
  expect(near).toMatchObject({ change: "−0.010 (−0.046 to +0.026)", reading: "within chance" });
});

test("models from before the interval was kept are compared without one; untrained ones not at all", () => {
  expect(compareRounds(row(0.95), row(0.9, [0.8, 0.96]))[0]?.change).toBe("−0.050");
  expect(compareRounds(row(0.95), row(null))).toEqual([]);
  expect(aucText(row(null).model as RewardModel)).toBeNull();
});
