import { expect, test } from "vitest";
import { accuracy, auc, expectedCalibrationError } from "./classification.ts";

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
