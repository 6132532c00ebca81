import { expect, test } from "vitest";
import { prepareRow } from "./prepareRow.ts";

test("samples stand best first; rank 1 is chosen and rank K is rejected", () => {
  const row = prepareRow([
    { k: 0, score: { score: 0.2, rank: 3 } },
    { k: 1, score: { score: 0.9, rank: 1 } },
    { k: 2, score: { score: 0.5, rank: 2 } },
  ]);
  expect(row.map(({ sample, choice }) => [sample.k, choice])).toEqual([
    [1, "chosen"],
    [2, null],
    [0, "rejected"],
  ]);
});

test("without ranks the order is that of k and nothing is marked", () => {
  expect(prepareRow([{ k: 1 }, { k: 0, score: null }]).map(({ sample, choice }) => [sample.k, choice])).toEqual([
    [0, null],
    [1, null],
  ]);
});
