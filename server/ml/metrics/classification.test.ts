import { expect, test } from "vitest";
import { accuracy, auc, expectedCalibrationError, rocCurve } from "./classification.ts";

test("auc counts pairs, a tie as half", () => {
  const scores = [0.1, 0.4, 0.4, 0.8, 0.4, 0.9];
  const labels = [0, 0, 1, 0, 1, 1];
  let won = 0;
  for (const [i, a] of scores.entries()) {
    for (const [j, b] of scores.entries()) {
      if (labels[i] === 1 && labels[j] === 0) won += a > b ? 1 : a === b ? 0.5 : 0;
    }
  }
  expect(auc({ scores, labels })).toBeCloseTo(won / 9, 12);
  expect(auc({ scores: [1, 1, 1], labels: [0, 1, 1] })).toBe(0.5);
  expect(auc({ scores: [3, 2, 1], labels: [1, 0, 0] })).toBe(1);
});

test("auc refuses one class, different lengths and NaN", () => {
  expect(() => auc({ scores: [1, 2], labels: [1, 1] })).toThrow("at least one positive");
  expect(() => auc({ scores: [1], labels: [1, 0] })).toThrow("do not make predictions");
  expect(() => auc({ scores: [1, Number.NaN], labels: [1, 0] })).toThrow("not a number");
});

/** Area under straight lines from point to point. */
const areaUnder = (points: ReturnType<typeof rocCurve>) =>
  points.slice(1).reduce((sum, point, i) => {
    const before = points[i] as (typeof points)[number];
    const width = point.falsePositiveRate - before.falsePositiveRate;
    return sum + (width * (point.truePositiveRate + before.truePositiveRate)) / 2;
  }, 0);

test("the ROC curve is scikit-learn's, ties and all, and its area is the AUC", () => {
  // sklearn.metrics.roc_curve(labels, scores, drop_intermediate=False)
  const predictions = { scores: [0.1, 0.4, 0.4, 0.8, 0.4, 0.9], labels: [0, 0, 1, 0, 1, 1] };
  const points = rocCurve(predictions);
  expect(points.map(({ threshold }) => threshold)).toEqual([null, 0.9, 0.8, 0.4, 0.1]);
  expect(points.map((point) => point.falsePositiveRate)).toEqual([0, 0, 1 / 3, 2 / 3, 1]);
  expect(points.map((point) => point.truePositiveRate)).toEqual([0, 1 / 3, 1 / 3, 1, 1]);
  expect(areaUnder(points)).toBeCloseTo(auc(predictions), 12);
  expect(() => rocCurve({ scores: [1, 2], labels: [1, 1] })).toThrow("at least one positive");
});

test("a curve of many scores is thinned to the points asked for, and keeps its ends and about its area", () => {
  const scores = Array.from(
    { length: 5000 },
    (_, i) => Math.sin(i * 12.9898) * 43758.5453 - Math.floor(Math.sin(i * 12.9898) * 43758.5453) + (i % 2) / 4,
  );
  const predictions = { scores, labels: scores.map((_, i) => i % 2) };
  const points = rocCurve(predictions, 101);
  expect(points.length).toBeLessThanOrEqual(101);
  expect(points.length).toBeGreaterThan(90);
  expect([points[0], points.at(-1)].map((point) => point?.truePositiveRate)).toEqual([0, 1]);
  expect(Math.abs(areaUnder(points) - auc(predictions))).toBeLessThan(0.001);
});

test("accuracy splits at 0.5, which itself counts as negative", () => {
  expect(accuracy({ scores: [0.6, 0.5, 0.4, 0.9], labels: [1, 0, 1, 0] })).toBe(0.5);
});

test("calibration error is 0 for matching frequencies and the gap otherwise", () => {
  const scores = Array.from({ length: 10 }, () => 0.3);
  const labels = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
  expect(expectedCalibrationError({ scores, labels })).toBeCloseTo(0, 12);
  expect(expectedCalibrationError({ scores: [1, 1, 0, 0], labels: [1, 0, 0, 1] })).toBe(0.5);
  expect(() => expectedCalibrationError({ scores: [1.2], labels: [1] })).toThrow("not a probability");
});
