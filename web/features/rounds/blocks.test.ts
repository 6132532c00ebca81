import { expect, test } from "vitest";
import { type Block, blockSize, MOST_BLOCKS, missingBlocks, withBlock } from "./blocks.ts";

test("a block is a few hundred samples, and its marks are never too many", () => {
  expect(blockSize(144, 4)).toBe(48);
  expect(blockSize(100_000, 10)).toBe(24);
  expect(blockSize(100_000, 1)).toBe(48);
  expect(blockSize(1_000_000, 1)).toBe(100);
  expect(blockSize(1_000_000, 100)).toBe(4);
  for (const samples of [10, 1_000_000, 9_999_999]) expect(samples / blockSize(samples, 1)).toBeLessThanOrEqual(10_000);
});

test("what was put in first goes when there are too many, and what is put in again stays", () => {
  let blocks = new Map<number, Block<string>>();
  for (let i = 0; i < MOST_BLOCKS; i++) blocks = withBlock(blocks, i, { rows: [`row ${i}`], version: 0 });
  blocks = withBlock(blocks, 0, { rows: ["again"], version: 1 });
  blocks = withBlock(blocks, 99, { rows: [], version: 1 });
  expect(blocks.size).toBe(MOST_BLOCKS);
  expect(blocks.has(1)).toBe(false);
  expect(blocks.get(0)?.rows).toEqual(["again"]);
});

test("blocks in view are missing until they are there as the round now is", () => {
  const blocks = new Map([[1, { rows: [], version: 1 }]]);
  const inView = { first: 15, end: 31, size: 10 };
  expect(missingBlocks(blocks, { ...inView, version: 1 })).toEqual([2, 3]);
  expect(missingBlocks(blocks, { ...inView, version: 2 })).toEqual([1, 2, 3]);
  expect(missingBlocks(blocks, { first: 10, end: 20, size: 10, version: 1 })).toEqual([]);
  expect(missingBlocks(blocks, { first: 10, end: 10, size: 10, version: 2 })).toEqual([]);
});
