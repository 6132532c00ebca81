import { expect, test } from "vitest";
import { inputOf, NEW_STUDY, promptSetOf, roundOptions, selectionOptions } from "./studyForm.ts";

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
  expect(selectionOptions(experiments, "a 1").map(({ label }) => label)).toEqual([
    "First sample (k = 0)",
    "Best of K by R1",
  ]);
});

test("empty fields are left to the API, adaptive is of more than two arms", () => {
  const arms = [
    { name: "one", roundId: "a 1", rewardModelId: "" },
    { name: "two", roundId: "a 1", rewardModelId: "m" },
  ];
  const input = inputOf({ ...NEW_STUDY, name: "n", arms, promptCount: " ", targetParticipants: "", adaptive: true });
  expect(input).toMatchObject({
    ...{ promptCount: null, targetParticipants: null, adaptive: false, votesPerItem: 14, promptTag: null },
    arms: [
      { name: "one", roundId: "a 1", selection: "SAMPLE" },
      { name: "two", roundId: "a 1", selection: "BEST_OF_K", rewardModelId: "m" },
    ],
  });
});
