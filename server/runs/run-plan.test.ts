import { expect, test } from "vitest";
import { PostTrainingMethod } from "../../shared/enums.ts";
import { finishedRounds, keyOf, planOf, planUntil, readySteps } from "./run-plan.ts";

const DPO = { plannedRounds: 2, postTraining: PostTrainingMethod.DPO };

test("two rounds of DPO: each step after what it needs, then the last policy is drawn with and measured", () => {
  expect(planOf(DPO, { judged: false }).map(keyOf)).toEqual([
    ...["GENERATE:1", "TRAIN_REWARD_MODEL:1", "TRAIN_JUDGE:1", "SCORE:1", "MEASURE:1", "FINE_TUNE:1"],
    ...["GENERATE:2", "TRAIN_REWARD_MODEL:2", "SCORE:2", "MEASURE:2", "FINE_TUNE:2"],
    ...["GENERATE:3", "MEASURE:3"],
  ]);
});

test("selection alone is one round, and a judge that is there is not trained", () => {
  expect(planOf({ plannedRounds: 3, postTraining: PostTrainingMethod.NONE }, { judged: true }).map(keyOf)).toEqual(
    ["GENERATE", "TRAIN_REWARD_MODEL", "SCORE", "MEASURE"].map((kind) => `${kind}:1`),
  );
});

test("steps begin as soon as what they need is done: measuring holds up neither post-training nor the next round", () => {
  const plan = planOf(DPO, { judged: false });
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
    ["MEASURE:1", "FINE_TUNE:1"],
    ["GENERATE:2"],
    ["TRAIN_REWARD_MODEL:2"],
    ["SCORE:2"],
    ["MEASURE:2", "FINE_TUNE:2"],
    ["GENERATE:3"],
    ["MEASURE:3"],
  ]);
});

test("every plan can be begun: what a step needs is in the plan and before it", () => {
  for (const postTraining of Object.values(PostTrainingMethod))
    for (const judged of [true, false])
      for (const measuresFirst of [true, false]) {
        const plan = planOf({ plannedRounds: 3, postTraining }, { judged, measuresFirst });
        for (const steps of [plan, planUntil(plan, 2)]) {
          const keys: string[] = [];
          for (const step of steps) {
            expect(step.needs.filter((need) => !keys.includes(need))).toEqual([]);
            keys.push(keyOf(step));
          }
          expect(new Set(keys).size).toBe(keys.length);
        }
      }
});

test("where a run may stop early, a round is measured before it is post-trained from, and what is left ends with that", () => {
  const plan = planOf({ ...DPO, plannedRounds: 3 }, { judged: true, measuresFirst: true });
  expect(plan.find((step) => keyOf(step) === "FINE_TUNE:1")?.needs).toEqual(["SCORE:1"]);
  expect(plan.find((step) => keyOf(step) === "FINE_TUNE:2")?.needs).toEqual(["MEASURE:2"]);
  expect(planUntil(plan, 2).slice(-4).map(keyOf)).toEqual([
    ...["GENERATE:2", "TRAIN_REWARD_MODEL:2", "SCORE:2", "MEASURE:2"],
  ]);
});

test("a round is finished when all its steps are", () => {
  const plan = planOf(DPO, { judged: true });
  const done = new Set(plan.filter(({ roundIndex }) => roundIndex < 3).map(keyOf));
  expect(finishedRounds(plan, done)).toEqual([1, 2]);
  done.delete("MEASURE:1");
  expect(finishedRounds(plan, done)).toEqual([2]);
});
