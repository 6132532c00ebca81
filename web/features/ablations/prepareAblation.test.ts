import { expect, test } from "vitest";
import { Verdict } from "../../../shared/enums.ts";
import { type Ablation, findings, preparePlots, progressOf } from "./prepareAblation.ts";

type Table = Ablation["table"];
type Value = Table["rows"][number]["values"][number];

const difference = (mean: number, half: number, verdict: `${Verdict}`) => ({
  n: 5,
  mean,
  low: mean - half,
  high: mean + half,
  verdict: Verdict[verdict],
});

function value(given: Partial<Value>): Value {
  return {
    metric: "best-of-K accuracy",
    n: 5,
    mean: 0.9,
    sd: 0.01,
    low: 0.88,
    high: 0.92,
    bias: null,
    best: false,
    cells: [0.89, 0.91].map((v, seed) => ({ cellId: `${seed}`, seed, value: v })),
    difference: null,
    differenceByPrompt: null,
    ...given,
  };
}

function table(values: Value[]): Table {
  const rows = ["Naive", "Voting", "Bootstrap"].slice(0, values.length).map((label, position) => ({
    position,
    label,
    values: [values[position]],
  }));
  return {
    baseline: 0,
    columns: [{ name: "best-of-K accuracy", direction: "HIGHER", provenance: {} }],
    rows,
  } as unknown as Table;
}

test("the interval over prompts decides a finding before the one over seeds", () => {
  const told = findings(
    table([
      value({}),
      value({
        difference: difference(0.02, 0.01, "BETTER"),
        differenceByPrompt: difference(0.02, 0.03, "NO_EVIDENCE"),
      }),
      value({ difference: difference(-0.05, 0.01, "WORSE") }),
    ]),
  );
  expect(told).toEqual([
    {
      metric: "best-of-K accuracy",
      text: "worse than Naive: Bootstrap −0.050 (−0.060 to −0.040); no evidence of a difference: Voting +0.020 (−0.010 to +0.050).",
    },
  ]);
});

test("a metric without any difference has no finding", () => {
  expect(
    findings(
      table([value({}), value({ difference: { ...difference(0.1, 0, "NO_EVIDENCE"), low: null, high: null } })]),
    ),
  ).toEqual([]);
});

test("every mark of a plot lies on its scale; what is not recorded is a gap", () => {
  const [plot] = preparePlots(
    table([
      value({}),
      value({ mean: null, low: null, high: null, cells: [], best: null }),
      value({ high: 0.99, best: true }),
    ]),
  );
  expect(plot?.rows.map((row) => row.mean)).toEqual([0.9, null, 0.9]);
  expect(plot?.rows.map((row) => row.text)).toEqual(["0.900 (0.880 to 0.920)", "–", "0.900 (0.880 to 0.990)"]);
  expect(plot?.extent).toEqual([0.88, 0.99]);
  expect(plot?.domain[0]).toBeLessThan(0.88);
  expect(plot?.domain[1]).toBeGreaterThan(0.99);
  expect(plot?.rows.map((row) => [row.baseline, row.best])).toEqual([
    [true, false],
    [false, false],
    [false, true],
  ]);
});

test("a table without a number yet, and one whose values are all alike, have a scale", () => {
  const empty = { mean: null, low: null, high: null, cells: [] };
  expect(preparePlots(table([value(empty)]))[0]?.extent).toEqual([0, 1]);
  const flat = { mean: 1, low: 1, high: 1, cells: [] };
  const [low, high] = preparePlots(table([value(flat)]))[0]?.domain ?? [0, 0];
  expect(low).toBeLessThan(1);
  expect(high).toBeGreaterThan(1);
});

test("an ablation is under way until every cell is recorded or failed", () => {
  expect(progressOf({ cells: 20, done: 20, failed: 0 })).toEqual({ state: "COMPLETED", text: "20 of 20 models" });
  expect(progressOf({ cells: 20, done: 15, failed: 5 })).toEqual({
    state: "FAILED",
    text: "15 of 20 models, 5 failed",
  });
  expect(progressOf({ cells: 20, done: 10, failed: 5 }).state).toBe("RUNNING");
});
