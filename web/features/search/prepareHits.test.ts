import { expect, test } from "vitest";
import { addressOf, type Hit, optionGroups, stepped, summary } from "./prepareHits.ts";

const hit = (kind: Hit["kind"], changes: Partial<Hit> = {}): Hit => ({
  ...{ kind, id: "i", title: "t", detail: null, experimentId: null, roundId: null },
  ...changes,
});

test("every kind leads to the page that shows it; what no page shows is left out", () => {
  expect(addressOf(hit("EXPERIMENT"))).toBe("/experiments/i");
  expect(addressOf(hit("ROUND", { roundId: "r" }))).toBe("/rounds/r");
  expect(addressOf(hit("REWARD_MODEL", { roundId: "r" }))).toBe("/reward-models/i");
  expect(addressOf(hit("PROMPT", { roundId: "r", title: "a & b" }))).toBe("/rounds/r?search=a%20%26%20b");
  expect(addressOf(hit("STUDY"))).toBe("/studies/i");
  expect(addressOf(hit("JOB"))).toBe("/jobs?job=i");
  expect(optionGroups([hit("POLICY"), hit("JOB", { title: "TRAIN_REWARD_MODEL" })])).toEqual([
    { label: "Jobs", options: [{ key: "found-i", title: "Train reward model", detail: null, address: "/jobs?job=i" }] },
  ]);
});

test("arrows go around the ends, and what is found is counted in words", () => {
  expect([stepped(null, 1, 3), stepped(null, -1, 3), stepped(2, 1, 3), stepped(0, -1, 3), stepped(0, 1, 0)]).toEqual([
    ...[0, 2, 0, 2],
    null,
  ]);
  expect([summary("", []), summary("x", []), summary("x", optionGroups([hit("STUDY")]))]).toEqual([
    ...["", "Nothing is found"],
    "1 is found",
  ]);
});
