import { expect, test } from "vitest";
import { wilsonInterval } from "../../../shared/statistics/wilson.ts";
import {
  finding,
  leastDecided,
  modelOptions,
  type PairResult,
  reliabilityPoints,
  votesNeeded,
} from "./prepareStudy.ts";

const study = {
  arms: ["before", "after"].map((name, position) => ({ position, name })),
} as unknown as Parameters<typeof finding>[0];
const pair = (rate: number | null, low: number, high: number): PairResult => ({
  ...{ arm: 1, against: 0, votes: 700, wins: 521, losses: 179, ties: 0, cannotJudge: 0, rate, naiveP: 0 },
  wilson: null,
  clustered: rate === null ? null : { low, high, designEffect: 2 },
  participants: { favourable: 12, unfavourable: 2, even: 0, p: 0.01 },
  votesToSettle: 100,
});

test("a finding says who is preferred, by how many, and never more than the interval bears out", () => {
  expect(finding(study, pair(0.744, 0.67, 0.81))).toBe(
    "People prefer “after” to “before”: 74.4% (67.0 to 81.0) of votes, 12 of 14 participants.",
  );
  expect(finding(study, pair(0.256, 0.19, 0.33))).toContain("People prefer “before” to “after”: 74.4% (67.0 to 81.0)");
  expect(finding(study, pair(0.256, 0.19, 0.33))).toContain("2 of 14");
  expect(finding(study, pair(0.52, 0.45, 0.59))).toMatch(/^It is not settled/);
  expect(finding(study, pair(null, 0, 0))).toMatch(/^No vote/);
});

test("votes needed: more, enough, or none would do", () => {
  expect(votesNeeded({ ...pair(0.55, 0.4, 0.7), votes: 60 })).toContain("about 40 more votes");
  expect(votesNeeded(pair(0.744, 0.67, 0.81))).toContain("would have settled");
  expect(votesNeeded({ ...pair(0.5, 0.4, 0.6), votesToSettle: null })).toContain("no number");
  expect(votesNeeded(pair(null, 0, 0))).toBe(null);
});

test("the least decided items come first", () => {
  const item = (promptPosition: number, wins: number, losses: number) => ({
    ...{
      itemId: String(promptPosition),
      promptPosition,
      prompt: "",
      arm: 1,
      against: 0,
      wins,
      losses,
      ties: 0,
      cannotJudge: 0,
    },
  });
  expect(leastDecided([item(0, 14, 0), item(1, 7, 7), item(2, 5, 9)]).map((one) => one.promptPosition)).toEqual([
    1, 2, 0,
  ]);
});

test("a reliability diagram's intervals are Wilson's of whole votes", () => {
  const [point] = reliabilityPoints({ bins: [{ predicted: 0.62, observed: 7 / 9, n: 9 }] });
  expect(point).toMatchObject({ predicted: 0.62, observed: 7 / 9, n: 9, ...wilsonInterval(7, 9) });
});

test("pairs are offered to models of open rounds, each once, and what is not trained is said to be so", () => {
  const model = (id: string, state: "TRAINED" | "FAILED") => ({ id, name: id, state });
  const experiment = {
    ...{ id: "e", name: "ours" },
    rounds: [
      { id: "1", index: 1, status: "COMPLETED" as const, rewardModels: [model("old", "TRAINED")] },
      { id: "2", index: 2, status: "OPEN" as const, rewardModels: [model("R", "TRAINED"), model("S", "FAILED")] },
    ],
  };
  const items = [
    { value: "R", label: "Round 2: R" },
    { value: "S", label: "Round 2: S, failed" },
  ];
  expect(modelOptions([experiment, experiment])).toEqual([{ group: "ours", items }]);
  expect(modelOptions([{ ...experiment, rounds: experiment.rounds.slice(0, 1) }])).toEqual([]);
});
