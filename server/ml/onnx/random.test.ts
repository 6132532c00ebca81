import { expect, test } from "vitest";
import { normalQuantile, Random } from "./random.ts";

test("quantiles of the normal distribution", () => {
  // scipy.stats.norm.ppf at the middle of each step of 1 / 65536
  const step = (p: number) => (Math.floor(p * 65536) + 0.5) / 65536;
  for (const [p, x] of [
    [0.5, 1.912406e-5],
    [0.975, 1.9599379],
    [0.025, -1.9599379],
    [0.9999, 3.7210906],
    [0, -4.324919],
  ] as const) {
    expect(normalQuantile(p), `${p} -> ${step(p)}`).toBeCloseTo(x, 5);
  }
});

test("normal numbers: moments, and the stream decides", () => {
  const values = new Float32Array(400_000);
  new Random(1, 2).fillNormal(values);
  const mean = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  for (const [power, expected] of [
    [1, 0],
    [2, 1],
    [3, 0],
    [4, 3],
  ] as const)
    expect(Math.abs(mean(power) - expected)).toBeLessThan(0.04);
  const again = new Float32Array(10);
  new Random(1, 2).fillNormal(again);
  expect(again).toEqual(values.slice(0, 10));
  new Random(1, 3).fillNormal(again);
  expect(again).not.toEqual(values.slice(0, 10));
});
