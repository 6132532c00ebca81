import { expect, test } from "vitest";
import { addressOfWork, jobTitle } from "./jobSubject.ts";

test("a job leads to what it makes", () => {
  const of = (input: Record<string, unknown>) => addressOfWork({ id: "j", kind: "ANY", input });
  expect(of({ ablationId: "a", roundId: "r" })).toBe("/ablations/a");
  expect(of({ policyId: "p", roundId: "r", rewardModelId: "m" })).toBe("/rounds/r");
  expect(of({ roundId: "r", rewardModelId: "m" })).toBe("/reward-models/m");
  expect(of({ roundId: "r", rewardModelId: null })).toBe("/rounds/r");
  expect(of({})).toBe("/jobs?job=j");
  expect(jobTitle("TRAIN_REWARD_MODEL")).toBe("Train reward model");
});
