import { expect, test } from "vitest";
import { picksOf } from "./picks.ts";

const CANDIDATES = { prompts: [4, 4, 4, 9, 9], ks: [0, 1, 2, 0, 1] };
const one = (logits: number[]) => {
  const values = Float32Array.from(logits);
  return { logits: values, members: [values] };
};

test("one model picks the highest score of each prompt among the first K", () => {
  const scores = one([0.1, 0.3, 0.9, -2, -3]);
  expect([...picksOf(scores, CANDIDATES, 3)]).toEqual([2, 3]);
  expect([...picksOf(scores, CANDIDATES, 2)]).toEqual([1, 3]);
});

test("of equal scores the first is picked", () => {
  expect([...picksOf(one([1, 1, 1, 0, 0]), CANDIDATES, 3)]).toEqual([0, 3]);
});

test("several members vote over these K alone, and equal votes are told apart by the score", () => {
  const members = [
    Float32Array.from([3, 2, 1, 0, 1]),
    Float32Array.from([1, 2, 3, 0, 1]),
    Float32Array.from([1, 3, 2, 1, 0]),
  ];
  const logits = Float32Array.from([0, 0.5, 0.4, 0.2, 0.1]);
  // Of three: votes 2 + 0 + 0, 1 + 1 + 2, 0 + 2 + 1 rivals beaten. Of two: 1 + 0 + 0 and 0 + 1 + 1.
  expect([...picksOf({ logits, members }, CANDIDATES, 3)]).toEqual([1, 4]);
  expect([...picksOf({ logits, members }, CANDIDATES, 2)]).toEqual([1, 4]);
  const tied = members.slice(0, 2);
  expect([...picksOf({ logits, members: tied }, CANDIDATES, 3)]).toEqual([1, 4]);
});

test("a prompt without a candidate among the first K is an error, not a silent gap", () => {
  expect(() => picksOf(one([1, 2]), { prompts: [0, 1], ks: [0, 3] }, 2)).toThrow("Prompt 1 has no candidate");
});
