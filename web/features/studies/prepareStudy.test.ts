import { expect, test } from "vitest";
import { wilsonInterval } from "../../../shared/statistics/wilson.ts";
import {
  chosenPrompts,
  exclusionRules,
  finding,
  leastDecided,
  modelOptions,
  type PairResult,
  reliabilityPoints,
  shownSample,
  votesNeeded,
} from "./prepareStudy.ts";

const study = {
  arms: ["before", "after"].map((name, position) => ({ position, name })),
} as unknown as Parameters<typeof finding>[0];
const people = (favourable: number, unfavourable: number, p: number, even = 0) => ({
  favourable,
  unfavourable,
  even,
  p,
});
const pair = (rate: number | null, low: number, high: number): PairResult => ({
  ...{ arm: 1, against: 0, votes: 700, wins: 521, losses: 179, ties: 0, cannotJudge: 0, rate, naiveP: 0 },
  wilson: null,
  clustered: rate === null ? null : { low, high, designEffect: 2 },
  participants: people(12, 2, 0.013),
  votesToSettle: 100,
});

test("a finding says who is preferred, by how many, and never more than the interval bears out", () => {
  expect(finding(study, pair(0.744, 0.67, 0.81))).toBe(
    "People prefer “after” to “before”: 74.4% (67.0 to 81.0) of votes, 12 of 14 participants (p = 0.013).",
  );
  expect(finding(study, pair(0.256, 0.19, 0.33))).toContain("People prefer “before” to “after”: 74.4% (67.0 to 81.0)");
  expect(finding(study, pair(0.256, 0.19, 0.33))).toContain("2 of 14");
  expect(finding(study, pair(0.52, 0.45, 0.59))).toMatch(/^It is not settled/);
  expect(finding(study, pair(null, 0, 0))).toMatch(/^No vote/);
});

test("nobody is said to prefer anything where the test by participants does not say so, whatever the interval says", () => {
  const nine = { ...pair(0.7, 0.6, 0.8), participants: people(9, 5, 0.42) };
  expect(finding(study, nine)).toBe(
    "It is not settled whether people prefer “after” or “before”: 70% (60 to 80) of votes, 9 of 14 participants (p = 0.42).",
  );
  expect(votesNeeded(nine)).toBe("More votes of the same people would hardly settle it; votes of more people may.");
  expect(finding(study, { ...pair(0.52, 0.45, 0.59), participants: people(12, 2, 0.013) })).toMatch(
    /^It is not settled/,
  );
});

test("of fewer than six people it is said that they can't settle it, and no number of votes beside it", () => {
  for (const participants of [people(2, 0, 0.5), people(3, 0, 0.25), people(4, 0, 0.125, 1)]) {
    const few = { ...pair(0.9, 0.8, 1), participants, votes: 8 };
    expect(finding(study, few)).toMatch(
      /^It is not settled .* participants can’t settle it, whatever the votes: at least 6/,
    );
    expect(votesNeeded(few)).toBe(null);
  }
  expect(finding(study, { ...pair(0.9, 0.8, 1), participants: people(1, 0, 1) })).toContain("One participant can’t");
  expect(finding(study, { ...pair(0.9, 0.8, 1), participants: people(6, 0, 0.03125) })).toMatch(/^People prefer/);
});

test("votes needed: more, enough, or none would do", () => {
  expect(votesNeeded({ ...pair(0.55, 0.4, 0.7), votes: 60 })).toContain(
    "about 40 more votes (100 in all), of more people too,",
  );
  expect(votesNeeded(pair(0.744, 0.67, 0.81))).toContain("Four of five studies with about 100 votes");
  expect(votesNeeded({ ...pair(0.5, 0.4, 0.6), votesToSettle: null })).toContain("no number");
  expect(votesNeeded(pair(null, 0, 0))).toBe(null);
});

test("the plan in words: which samples, which prompts, what is left out", () => {
  const model = { id: "m", name: "R" };
  expect(shownSample({ k: 0, rewardModel: null })).toBe("the first sample");
  expect(shownSample({ k: 3, rewardModel: null })).toBe("sample 3");
  expect(shownSample({ k: null, rewardModel: model })).toBe("the best of all samples by R");
  expect(shownSample({ k: 4, rewardModel: model })).toBe("the best of the first 4 by R");
  expect(chosenPrompts({ promptTag: null, promptPositions: null, promptCount: null })).toBe("all");
  expect(chosenPrompts({ promptTag: "t", promptPositions: [0, 1, 2, 5], promptCount: 2 })).toBe(
    "2 at random by the seed of those at positions 0-2, 5 and with the tag “t”",
  );
  expect(exclusionRules({ minResponseMs: 300, attentionFailures: 1, attentionChecks: 2 })).toBe(
    "votes faster than 300 ms; participants who fail more than 1 of 2 attention checks",
  );
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
