import { expect, test } from "vitest";
import { differenceInterval } from "./newcombe.ts";

test("the example of the paper: 56 of 70 against 48 of 80", () => {
  const { low, high } = differenceInterval({ wins: 56, n: 70 }, { wins: 48, n: 80 });
  expect(low).toBeCloseTo(0.0524, 4);
  expect(high).toBeCloseTo(0.3339, 4);
});

test("swapping the sides mirrors the interval", () => {
  const [a, b] = [
    { wins: 9, n: 10 },
    { wins: 3, n: 10 },
  ];
  expect(differenceInterval(b, a)).toEqual({
    low: -differenceInterval(a, b).high,
    high: -differenceInterval(a, b).low,
  });
});
