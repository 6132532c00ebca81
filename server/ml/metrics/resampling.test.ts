import { expect, test } from "vitest";
import { bootstrapMean, quantile } from "./resampling.ts";

test("quantiles lie between neighbours as NumPy's do", () => {
  expect(quantile([1, 2, 4], 0.5)).toBe(2);
  expect(quantile([1, 2, 4], 0.75)).toBe(3);
  expect(quantile([5], 0.975)).toBe(5);
});

test("a bootstrap of independent values has the width of the normal interval", () => {
  const values = Array.from({ length: 400 }, (_, i) => (i * 37) % 101);
  const found = bootstrapMean(values, undefined, { resamples: 4000, seed: 2 });
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - found.mean) ** 2, 0) / 400);
  expect((found.high - found.low) / ((2 * 1.96 * sd) / 20)).toBeCloseTo(1, 1);
  expect(bootstrapMean(values, undefined, { resamples: 4000, seed: 2 })).toEqual(found);
});

test("values that are alike within a prompt count as one", () => {
  const prompts = Array.from({ length: 300 }, (_, i) => `p${Math.floor(i / 10)}`);
  const values = prompts.map((prompt) => (Number(prompt.slice(1)) * 7) % 30);
  const [alone, clustered] = [bootstrapMean(values), bootstrapMean(values, prompts)];
  expect(clustered).toMatchObject({ n: 300, clusters: 30, mean: alone.mean });
  expect((clustered.high - clustered.low) / (alone.high - alone.low)).toBeCloseTo(Math.sqrt(10), 0);
});

test("edges: one cluster has no width; nothing, unequal lengths and NaN are refused", () => {
  expect(bootstrapMean([1, 3], ["a", "a"])).toEqual({ mean: 2, low: 2, high: 2, n: 2, clusters: 1 });
  expect(() => bootstrapMean([])).toThrow("at least one value");
  expect(() => bootstrapMean([1], [1, 2])).toThrow("do not fit");
  expect(() => bootstrapMean([1, Number.NaN])).toThrow("Value 1 is NaN");
});
