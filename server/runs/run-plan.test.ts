import { expect, test } from "vitest";
import { PostTrainingMethod } from "../../shared/enums.ts";
import { finishedRounds, keyOf, planOf, readySteps } from "./run-plan.ts";

const DPO = { plannedRounds: 2, postTraining: PostTrainingMethod.DPO };

test("two rounds of DPO: each step after what it needs, then the last policy is drawn with and measured", () => {
  expect(planOf(DPO, false).map(keyOf)).toEqual([
    ...["GENERATE:1", "TRAIN_REWARD_MODEL:1", "TRAIN_JUDGE:1", "SCORE:1", "FINE_TUNE:1", "MEASURE:1"],
    ...["GENERATE:2", "TRAIN_REWARD_MODEL:2", "SCORE:2", "FINE_TUNE:2", "MEASURE:2"],
    ...["GENERATE:3", "MEASURE:3"],
  ]);
});

test("selection alone is one round, and a judge that is there is not trained", () => {
  expect(planOf({ plannedRounds: 3, postTraining: PostTrainingMethod.NONE }, true).map(keyOf)).toEqual(
    ["GENERATE", "TRAIN_REWARD_MODEL", "SCORE", "MEASURE"].map((kind) => `${kind}:1`),
  );
});

test("steps begin as soon as what they need is done: measuring holds up neither post-training nor the next round", () => {
  const plan = planOf(DPO, false);
  const done = new Set<string>();
  const begun = new Set<string>();
  const order: string[][] = [];
  while (done.size < plan.length) {
    const ready = readySteps(plan, begun, done).map(keyOf);
    order.push(ready);
    for (const key of ready) begun.add(key);
    // measuring takes longest
    const ended = [...begun].filter((key) => !done.has(key));
    for (const key of ended.filter(
      (key) => !key.startsWith("MEASURE") || ended.every((other) => other.startsWith("MEASURE")),
    ))
      done.add(key);
  }
  expect(order.filter((ready) => ready.length > 0)).toEqual([
    ["GENERATE:1"],
    ["TRAIN_REWARD_MODEL:1", "TRAIN_JUDGE:1"],
    ["SCORE:1"],
    ["FINE_TUNE:1", "MEASURE:1"],
    ["GENERATE:2"],
    ["TRAIN_REWARD_MODEL:2"],
    ["SCORE:2"],
    ["FINE_TUNE:2", "MEASURE:2"],
    ["GENERATE:3"],
    ["MEASURE:3"],
  ]);
});

test("every plan can be begun: what a step needs is in the plan and before it", () => {
  for (const postTraining of Object.values(PostTrainingMethod))
    for (const judged of [true, false]) {
      const keys: string[] = [];
      for (const step of planOf({ plannedRounds: 3, postTraining }, judged)) {
        expect(step.needs.filter((need) => !keys.includes(need))).toEqual([]);
        keys.push(keyOf(step));
      }
      expect(new Set(keys).size).toBe(keys.length);
    }
});

test("a round is finished when all its steps are", () => {
  const plan = planOf(DPO, true);
  const done = new Set(plan.filter(({ roundIndex }) => roundIndex < 3).map(keyOf));
  expect(finishedRounds(plan, done)).toEqual([1, 2]);
  done.delete("MEASURE:1");
  expect(finishedRounds(plan, done)).toEqual([2]);
});
