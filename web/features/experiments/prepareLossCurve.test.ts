import { expect, test } from "vitest";
import { prepareLossCurve } from "./prepareLossCurve.ts";

test("a bucket is drawn at its middle step, with the band from its lowest to its highest value", () => {
  expect(prepareLossCurve([{ fromStep: 0, toStep: 10, min: 0.1, max: 0.9, mean: 0.4 }])).toEqual([
    { step: 5, mean: 0.4, band: [0.1, 0.9] },
  ]);
});

test("a series without points draws nothing", () => {
  expect(prepareLossCurve([])).toEqual([]);
});
