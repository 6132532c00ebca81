import { expect, test } from "vitest";
import { abridge, prepareRow, sidesAcross, sidesOf } from "./prepareRow.ts";

const SCORED = [
  { k: 0, score: { score: 0.2, rank: 3 } },
  { k: 1, score: { score: 0.9, rank: 1 } },
  { k: 2, score: { score: 0.5, rank: 2 } },
];

test("samples stand best first; rank 1 is chosen and rank K is rejected", () => {
  expect(prepareRow(SCORED).map(({ sample, choice }) => [sample.k, choice])).toEqual([
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

test("a long row keeps its best samples and its worst", () => {
  expect(abridge([1, 2, 3, 4, 5, 6], 4)).toEqual({ shown: [1, 2, 3, 6], hidden: 2 });
  expect(abridge([1, 2, 3, 4], 4)).toEqual({ shown: [1, 2, 3, 4], hidden: 0 });
});

test("a comparison begins with best and worst, or with the samples that the address names", () => {
  const row = prepareRow(SCORED);
  const ks = (wanted: { left: string | null; right: string | null }) => {
    const { left, right } = sidesOf(row, wanted);
    return [left?.sample.k, right?.sample.k];
  };
  expect(ks({ left: null, right: null })).toEqual([1, 0]);
  expect(ks({ left: "2", right: null })).toEqual([2, 0]);
  expect(ks({ left: "0", right: null })).toEqual([0, 2]);
  expect(ks({ left: "9", right: "2" })).toEqual([1, 2]);
  expect(sidesOf(row.slice(0, 1), { left: null, right: null }).right).toBeUndefined();
});

test("a comparison of two rounds begins with the best of the left one and the same k of the right one", () => {
  const rows = { left: prepareRow(SCORED), right: prepareRow([{ k: 0 }, { k: 1 }]) };
  const ks = (wanted: { left: string | null; right: string | null }) => {
    const { left, right } = sidesAcross(rows, wanted);
    return [left?.sample.k, right?.sample.k];
  };
  expect(ks({ left: null, right: null })).toEqual([1, 1]);
  expect(ks({ left: "0", right: null })).toEqual([0, 0]);
  expect(ks({ left: "0", right: "1" })).toEqual([0, 1]);
  expect(ks({ left: null, right: "0" })).toEqual([0, 0]);
  expect(ks({ left: "2", right: null })).toEqual([2, undefined]);
});
