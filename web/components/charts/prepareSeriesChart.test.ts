import { expect, test } from "vitest";
import { prepareSeriesChart } from "./prepareSeriesChart.ts";

const bucket = (...[fromStep, toStep, min, max, mean]: [number, number, number, number, number]) => ({
  fromStep,
  toStep,
  min,
  max,
  mean,
});

test("a bucket is drawn at its middle step, with the band from its lowest to its highest value", () => {
  const { rows } = prepareSeriesChart([{ label: "train", buckets: [bucket(0, 10, 0.1, 0.9, 0.4)] }], false);
  expect(rows).toEqual([{ step: 5, mean0: 0.4, band0: [0.1, 0.9] }]);
});

test("series with steps of their own share the rows they have in common and leave gaps elsewhere", () => {
  const train = { label: "train", buckets: [bucket(1, 1, 1, 1, 1), bucket(2, 2, 0.5, 0.5, 0.5)] };
  const heldOut = { label: "held out", buckets: [bucket(2, 2, 0.7, 0.7, 0.7)] };
  expect(prepareSeriesChart([train, heldOut], false).rows).toEqual([
    { step: 1, mean0: 1, band0: [1, 1] },
    { step: 2, mean0: 0.5, band0: [0.5, 0.5], mean1: 0.7, band1: [0.7, 0.7] },
  ]);
});

test("a linear axis begins at zero, or below it when a value does", () => {
  expect(prepareSeriesChart([{ label: "a", buckets: [bucket(0, 0, 2, 4, 3)] }], false).domain).toEqual([0, "auto"]);
  expect(prepareSeriesChart([{ label: "a", buckets: [bucket(0, 0, -2, 4, 3)] }], false).domain).toEqual([-2, "auto"]);
  expect(prepareSeriesChart([{ label: "a", buckets: [bucket(0, 0, 0, 0, 0)] }], false).domain).toEqual([0, 1]);
});

test("a logarithmic axis leaves out what is not positive and counts it", () => {
  const buckets = [bucket(0, 0, 0, 1, 0.5), bucket(1, 1, 0.01, 0.1, 0.05)];
  const { rows, domain, hidden } = prepareSeriesChart([{ label: "a", buckets }], true);
  expect({ steps: rows.map((row) => row.step), domain, hidden }).toEqual({
    steps: [1],
    domain: [0.01, 0.1],
    hidden: 1,
  });
});

test("a series without points draws nothing", () => {
  expect(prepareSeriesChart([{ label: "a", buckets: [] }], false)).toEqual({ rows: [], domain: null, hidden: 0 });
});
