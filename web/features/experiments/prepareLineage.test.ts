import { expect, test } from "vitest";
import { PostTrainingMethod } from "../../../shared/enums.ts";
import type { RoundOutcomesQuery } from "../../graphql/generated/graphql.ts";
import { lineageOf } from "./prepareLineage.ts";
import { chosenOutcome, chosenRounds, type Outcome } from "./preparePromptOutcomes.ts";
import type { Experiment } from "./prepareRounds.ts";

const policy = (id: string) => ({ id, name: id.toUpperCase() });
const model = (id: string) => ({ id, name: id, state: "TRAINED" });
const experiment = {
  postTraining: "DPO",
  rounds: [
    {
      id: "r1",
      index: 1,
      sampleCount: 1200,
      policyIn: policy("g1"),
      policyOut: policy("g2"),
      rewardModels: ["a", "b", "c", "d"].map(model),
    },
    { id: "r2", index: 2, sampleCount: 0, policyIn: policy("g2"), policyOut: policy("g3"), rewardModels: [] },
  ],
} as unknown as Experiment;
const outcomes = {
  rounds: [{ rewardModels: [{ id: "a", pairs: { totalCount: 36 } }] }],
} as unknown as RoundOutcomesQuery["experiment"];

test("a round leads from its policy to the next; a policy that begins the next row is not drawn twice", () => {
  const [first, second] = lineageOf(experiment, outcomes);
  expect(first).toMatchObject({
    policy: "G1",
    samples: "1,200",
    next: { name: "G2", how: "DPO" },
    goesOn: true,
    moreModels: 1,
  });
  expect(first?.models.map(({ id, pairs }) => [id, pairs])).toEqual([
    ["a", 36],
    ["b", null],
    ["c", null],
  ]);
  expect(second).toMatchObject({ models: [], next: { name: "G3", how: "DPO" }, goesOn: false });
});

test("rounds whose policies were logged one by one are still a line; one whose policy stays leads nowhere", () => {
  const logged = {
    ...experiment,
    postTraining: PostTrainingMethod.NONE,
    rounds: experiment.rounds.map((round) => ({ ...round, policyOut: null })),
  };
  expect(lineageOf(logged, undefined).map(({ next, goesOn }) => [next, goesOn])).toEqual([
    [{ name: "G2", how: "next" }, true],
    [null, false],
  ]);
});

test("prompts are compared of the last two rounds unless others are asked for", () => {
  const nothing = { round: null, baseline: null };
  expect(chosenRounds(experiment.rounds.slice(0, 1), nothing)).toBeNull();
  const ids = (asked: { round: string | null; baseline: string | null }) => {
    const chosen = chosenRounds(experiment.rounds, asked);
    return [chosen?.round.id, chosen?.baseline.id];
  };
  expect(ids(nothing)).toEqual(["r2", "r1"]);
  expect(ids({ round: "r1", baseline: null })).toEqual(["r1", "r2"]);
  expect(ids({ round: "gone", baseline: "r2" })).toEqual(["r2", "r2"]);
  const outcome = (name: string, p: number) => ({ name, p, provenance: {} }) as Outcome;
  const two = [outcome("unsure", 0.4), outcome("sure", 0.001)];
  expect(chosenOutcome(two, null)?.name).toBe("sure");
  expect(chosenOutcome(two, "unsure {}")?.name).toBe("unsure");
  expect(chosenOutcome([], null)).toBeNull();
});
