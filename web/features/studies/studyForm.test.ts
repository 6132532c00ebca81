import { expect, test } from "vitest";
import {
  type Draft,
  inputOf,
  mistakesAfter,
  mistakesOf,
  NEW_STUDY,
  planSize,
  positionsOf,
  positionsText,
  promptSetOf,
  refusalAt,
  roundOptions,
  selectionOptions,
  valuesOf,
} from "./studyForm.ts";

const experiment = (name: string, promptSetId: string, samples: number) => ({
  id: name,
  name,
  promptSet: { id: promptSetId, name: "prompts", promptCount: 50 },
  rounds: [
    {
      id: `${name} 1`,
      index: 1,
      sampleCount: samples,
      policyIn: { id: "p", name: "base" },
      rewardModels: [{ id: "m", name: "R1", state: "TRAINED" as const }],
    },
    { id: `${name} 2`, index: 2, sampleCount: 0, policyIn: { id: "q", name: "tuned" }, rewardModels: [] },
  ],
});
const experiments = [experiment("a", "s", 10), experiment("b", "t", 10), experiment("c", "s", 0)];

test("only rounds with samples are offered, and with an arm chosen only those of its prompts", () => {
  expect(roundOptions(experiments, null).map(({ group }) => group)).toEqual(["a", "b"]);
  expect(roundOptions(experiments, promptSetOf(experiments, "b 1"))).toEqual([
    { group: "b", items: [{ value: "b 1", label: "Round 1: base" }] },
  ]);
  expect(selectionOptions(experiments, "a 1").map(({ label }) => label)).toEqual(["One sample", "Best of K by R1"]);
});

test("empty fields are left to the API, adaptive is of more than two arms", () => {
  const arms = [
    { name: "one", roundId: "a 1", rewardModelId: "", k: "" },
    { name: "two", roundId: "a 1", rewardModelId: "m", k: "3" },
  ];
  const input = inputOf({ ...NEW_STUDY, name: "n", arms, promptCount: " ", targetParticipants: "", adaptive: true });
  expect(input).toMatchObject({
    ...{ promptCount: null, targetParticipants: null, adaptive: false, votesPerItem: 14, promptTag: null },
    arms: [
      { name: "one", roundId: "a 1", selection: "SAMPLE" },
      { name: "two", roundId: "a 1", selection: "BEST_OF_K", rewardModelId: "m", k: 3 },
    ],
  });
});

test("what is wrong is said at its field, in the form's words, and goes away when the field is changed", () => {
  expect(Object.keys(mistakesOf({ ...NEW_STUDY, name: "n" }))).toEqual(["arms[0].roundId", "arms[1].roundId"]);
  const arms = NEW_STUDY.arms.map((arm) => ({ ...arm, roundId: "a 1" }));
  expect(mistakesOf({ ...NEW_STUDY, name: "n", arms })).toEqual({});
  const wrong = { ...NEW_STUDY, arms, promptPositions: "a-b", votesPerItem: "three", promptCount: "0", seed: "1.5" };
  const mistakes = mistakesOf(wrong);
  expect(mistakes).toEqual({
    name: "Give the study a name.",
    promptPositions: "Give positions or ranges of them, such as 0, 4, 10-12.",
    promptCount: "Give a whole number from 1, in digits.",
    seed: "Give a whole number from 0, in digits.",
    votesPerItem: "Give a whole number from 1, in digits.",
  });
  expect(Object.keys(mistakesAfter(mistakes, wrong, { seed: "1" }))).not.toContain("seed");
  expect(refusalAt("promptPositions[3]", "promptPositions[3]: must not be negative.")).toEqual({
    promptPositions: "Must not be negative.",
  });
  const refusal = refusalAt("arms[1].roundId", "No round x.");
  expect(refusal).toEqual({ "arms[1].roundId": "No round x." });
  const changed = (place: number) => arms.map((arm, i) => (i === place ? { ...arm, roundId: "b 1" } : arm));
  expect(mistakesAfter(refusal, wrong, { arms: changed(0) })).toEqual(refusal);
  expect(mistakesAfter(refusal, wrong, { arms: changed(1) })).toEqual({});
});

test("a plan's size: votes of all pairs over the pairs that a person judges", () => {
  const plan = { ...NEW_STUDY, promptCount: "12", votesPerItem: "5" };
  expect(planSize(plan, 50)).toEqual({ pairs: 12, pairsEach: 12, people: 5 });
  expect(planSize({ ...plan, itemsPerParticipant: "8" }, 50)).toEqual({ pairs: 12, pairsEach: 8, people: 8 });
  expect(planSize({ ...plan, itemsPerParticipant: "8" }, 4)).toEqual({ pairs: 4, pairsEach: 4, people: 5 });
  expect(planSize({ ...plan, promptPositions: "0-2", arms: [...plan.arms, ...plan.arms] }, null)?.pairs).toBe(18);
  expect(planSize({ ...plan, promptCount: "" }, null)).toEqual({ pairs: null, pairsEach: null, people: 5 });
  expect(planSize({ ...plan, votesPerItem: "many" }, 50)).toBe(null);
});

test("chosen prompts are typed as positions and ranges", () => {
  expect(positionsOf(" ")).toBe(null);
  expect(positionsOf("0, 4 10-12;20")).toEqual([0, 4, 10, 11, 12, 20]);
  expect(positionsOf("3, x, 1.5, -2")).toEqual([3, NaN, NaN, NaN]);
  expect(positionsOf("0-99999999")?.length).toBe(5001);
  expect(positionsText([12, 0, 4, 10, 11, 20, 21])).toBe("0, 4, 10-12, 20, 21");
  expect(positionsText(null)).toBe("");
});

test("a draft that is opened in the form and saved as it is stays as it is", () => {
  const flags = { allowTies: true, allowCannotJudge: false, adaptive: true, practice: false, keepPanelIds: true };
  const numbers = { seed: 7, votesPerItem: 3, attentionChecks: 2, repeats: 1, minResponseMs: 0, attentionFailures: 1 };
  const none = { promptTag: null, itemsPerParticipant: null, targetParticipants: null, redirectUrl: null };
  const own = { name: "n", question: "Which?", instructions: "*look*", promptPositions: [1, 2, 3], promptCount: 2 };
  const round = { id: "r", experiment: experiment("a", "s", 10) };
  const arms = [
    { id: "1", name: "first", k: 0, rewardModel: null, round },
    { id: "2", name: "third", k: 2, rewardModel: null, round },
    { id: "3", name: "best of all", k: null, rewardModel: { id: "m" }, round },
    { id: "4", name: "best of 4", k: 4, rewardModel: { id: "m" }, round },
  ];
  const draft: Draft = { id: "i", state: "DRAFT", completionCode: "C", ...flags, ...numbers, ...none, ...own, arms };
  expect(inputOf(valuesOf(draft))).toEqual({
    ...{ ...flags, ...numbers, ...none, ...own, completionCode: "C" },
    arms: [
      { name: "first", roundId: "r", selection: "SAMPLE", k: null },
      { name: "third", roundId: "r", selection: "SAMPLE", k: 2 },
      { name: "best of all", roundId: "r", selection: "BEST_OF_K", rewardModelId: "m", k: null },
      { name: "best of 4", roundId: "r", selection: "BEST_OF_K", rewardModelId: "m", k: 4 },
    ],
  });
});
