import { expect, test } from "vitest";
import { adaptiveWeights, type Tally } from "./adaptive-weights.ts";

const tally = (a: number, b: number, forA: number, forB: number): Tally[] => [
  { a, b, outcome: 1, times: forA },
  { a, b, outcome: 0, times: forB },
];

test("a pair whose order is certain weighs a tenth, one that looks even weighs one, one of few votes lies between", () => {
  const weightOf = adaptiveWeights(3, [...tally(0, 1, 60, 60), ...tally(0, 2, 110, 10), ...tally(1, 2, 110, 10)]);
  expect(weightOf({ armA: 0, armB: 1 })).toBeCloseTo(1, 2);
  expect(weightOf({ armA: 0, armB: 2 })).toBe(0.1);
  const early = adaptiveWeights(3, [...tally(0, 1, 3, 1), ...tally(0, 2, 3, 1), ...tally(1, 2, 2, 2)]);
  expect(early({ armA: 0, armB: 1 })).toBeGreaterThan(0.1);
  expect(early({ armA: 0, armB: 1 })).toBeLessThan(1);
});

test("before any vote, and with ties alone, every pair weighs the same", () => {
  for (const tallies of [[], [{ a: 0, b: 1, outcome: 0.5 as const, times: 5 }]]) {
    const weightOf = adaptiveWeights(3, tallies);
    for (const armB of [1, 2]) expect(weightOf({ armA: 0, armB })).toBeCloseTo(1, 6);
  }
});
