import { expect, test } from "vitest";
import { wilsonInterval } from "./wilson.ts";

// Known answers of the project's study-statistics vectors (closed form, evaluated independently).
test.each([
  [521, 700, 0.7106950455, 0.7752098351],
  [8, 10, 0.4901624715, 0.9433178485],
  [0, 20, 0, 0.1611251581],
  [37, 50, 0.6044684274, 0.8412847251],
])("%i of %i wins: the interval of the known answer", (wins, n, low, high) => {
  const interval = wilsonInterval(wins, n);
  expect(interval.low).toBeCloseTo(low, 9);
  expect(interval.high).toBeCloseTo(high, 9);
});

// Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3 (score, no continuity correction).
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("%i of %i: the published interval, to its digits", (wins, n, low, high) => {
  const interval = wilsonInterval(wins, n);
  expect(interval.low.toFixed(4)).toBe(low.toFixed(4));
  expect(interval.high.toFixed(4)).toBe(high.toFixed(4));
});

test("more wins than trials are refused", () => {
  expect(() => wilsonInterval(11, 10)).toThrow(RangeError);
});
