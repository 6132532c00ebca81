import { expect, test } from "vitest";
import { ChangeTest, MetricDirection, Verdict } from "../../../shared/enums.ts";
import {
  changeReading,
  headline,
  lastPair,
  metricCards,
  metricTable,
  type RoundMetric,
  rewardHacking,
} from "./prepareRoundMetrics.ts";

const change = (fromRound: number, toRound: number, verdict: Verdict, test = ChangeTest.INTERVALS) => ({
  ...{ fromRound, toRound, verdict, test, difference: -2, low: -3, high: -1, n: null },
});
const metric = (name: string, changes: RoundMetric["changes"], direction = MetricDirection.LOWER): RoundMetric => ({
  ...{ name, direction, provenance: {}, changes },
  values: [
    { roundId: "a", roundIndex: 1, value: 20, low: 19, high: 21, n: 1000, bias: 3.14 },
    { roundId: "b", roundIndex: 2, value: 18, low: null, high: null, n: null, bias: null },
  ],
});
const better = metric("FD(e)", [change(1, 2, Verdict.BETTER)]);
const rewarded = metric("reward(R)", [change(1, 2, Verdict.BETTER)], MetricDirection.HIGHER);

test("the headline says what is better, what is worse and what can't be said", () => {
  const unsure = metric("KID(e)", [change(1, 2, Verdict.NO_EVIDENCE)]);
  const worse = metric("diversity(e)", [change(1, 2, Verdict.WORSE)]);
  expect(headline([better, unsure, worse], { from: 1, to: 2 })).toBe(
    "Round 2 beside round 1: better by FD(e); worse by diversity(e); no evidence of a change by KID(e).",
  );
});

test("the last pair of neighbours is what the page is about, not the last beside the first", () => {
  const three = metric("FD(e)", [
    change(1, 2, Verdict.BETTER),
    change(2, 3, Verdict.WORSE),
    change(1, 3, Verdict.WORSE),
  ]);
  expect(lastPair([better, three])).toEqual({ from: 2, to: 3 });
  expect(lastPair([metric("FD(e)", [])])).toBeNull();
});

test("reward that rises while a guard gets worse is a warning, and only then", () => {
  const pair = { from: 1, to: 2 };
  expect(rewardHacking([rewarded, better], pair)).toBeNull();
  expect(rewardHacking([rewarded, metric("IP(x)", [change(1, 2, Verdict.WORSE)])], pair)).toBeNull();
  expect(rewardHacking([rewarded, metric("diversity(e)", [change(1, 2, Verdict.WORSE)])], pair)).toMatch(
    /^reward\(R\) rose while diversity\(e\) got worse/,
  );
});

test("a card has its rounds on one scale with room, and its changes in words", () => {
  const [card] = metricCards([better]);
  expect(card).toMatchObject({ note: "lower is better", arrow: "↓" });
  expect(card?.points.map(({ text }) => text)).toEqual([
    "20.0 (19.0 to 21.0), of which about 3.1 is small-sample bias, n = 1,000",
    "18.000, n unknown",
  ]);
  expect(card?.bias).toBe("Small-sample bias in these values: about 3.1 in round 1.");
  expect(card?.domain[0]).toBeLessThan(18);
  expect(card?.domain[1]).toBeGreaterThan(21);
  expect(card?.changes[0]).toMatchObject({ rounds: "Round 1 to 2", reading: "from both intervals" });
});

test("a metric that one round alone has is a card only where no metric has more", () => {
  const alone = { ...rewarded, values: rewarded.values.slice(0, 1), changes: [] };
  expect(metricCards([better, alone]).map(({ name }) => name)).toEqual(["FD(e)"]);
  expect(metricCards([alone]).map(({ name }) => name)).toEqual(["reward(R)"]);
});

test("the table has the best value of each metric marked, by its direction, and the last change in words", () => {
  const { rounds, rows } = metricTable([better, rewarded]);
  expect(rounds).toEqual([1, 2]);
  const best = rows.map(({ name, values }) => [name, [...values].filter(([, { best }]) => best).map(([t]) => t)]);
  expect(best).toEqual([
    ["FD(e) ↓", [2]],
    ["reward(R) ↑", [1]],
  ]);
  expect(rows[0]?.change && changeReading(rows[0].change)).toBe("−2.0 (−3.0 to −1.0), better (from both intervals)");
});
