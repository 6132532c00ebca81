import { expect, test } from "vitest";
import { earlyStopOf, type StopValue } from "./early-stop.ts";

const kid = (...values: number[]): StopValue[] =>
  values.map((value, i) => ({ roundIndex: i + 1, metric: "KID", value, low: null }));
const fidelity = (...values: [number, number | null][]): StopValue[] =>
  values.map(([value, low], i) => ({ roundIndex: i + 1, metric: "fidelity", value, low }));

test("a KID that falls with every round stops nothing", () => {
  expect(earlyStopOf(kid(0.06, 0.05, 0.04, 0.03), 1)).toBeNull();
  expect(earlyStopOf([], 1)).toBeNull();
});

test("the first KID that is not below all before stops at once, or with more patience when it happens in a row", () => {
  const stop = { metric: "KID", threshold: 0.04 };
  expect(earlyStopOf(kid(0.06, 0.04, 0.05, 0.045, 0.03), 1)).toEqual({ ...stop, roundIndex: 3, value: 0.05 });
  expect(earlyStopOf(kid(0.06, 0.04, 0.05, 0.045, 0.03), 2)).toEqual({ ...stop, roundIndex: 4, value: 0.045 });
  expect(earlyStopOf(kid(0.06, 0.04, 0.05, 0.03, 0.035), 2)).toBeNull();
  expect(earlyStopOf(kid(0.04, 0.04), 1)).toEqual({ ...stop, roundIndex: 2, value: 0.04 });
});

test("the order in which rounds were measured does not matter", () => {
  expect(earlyStopOf(kid(0.06, 0.04, 0.05).reverse(), 1)?.roundIndex).toBe(3);
});

test("fidelity below round 1's interval stops, however KID is; without an interval it stops nothing", () => {
  const values = [...kid(0.06, 0.05, 0.04), ...fidelity([0.9, 0.83], [0.85, 0.78], [0.82, 0.75])];
  expect(earlyStopOf(values, 1)).toEqual({ roundIndex: 3, metric: "fidelity", value: 0.82, threshold: 0.83 });
  expect(earlyStopOf(fidelity([0.9, null], [0.1, null]), 1)).toBeNull();
  expect(earlyStopOf([...kid(0.06, 0.07), ...values.slice(3)], 1)).toMatchObject({ roundIndex: 2, metric: "KID" });
});
