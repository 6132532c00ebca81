import { expect, test } from "vitest";
import { ChangeTest, ComparedKind, MetricDirection, Verdict } from "../../../shared/enums.ts";
import {
  type Comparison,
  columnLabels,
  labelsOf,
  preparePlots,
  prepareTable,
  reasonText,
  settingLines,
  tableTitle,
} from "./prepareComparison.ts";

type Metric = Comparison["metrics"][number];
type Value = NonNullable<Metric["values"][number]>;
const value = (of: number, more: Partial<Value> = {}): Value => ({
  ...{ value: of, low: of - 1, high: of + 1, n: 100, bias: null, roundIndex: 1, experiment: "E" },
  ...{ best: false, tied: false, incompatible: [], difference: null },
  ...more,
});
const metric = (name: string, values: Metric["values"], more: Partial<Metric> = {}): Metric => ({
  ...{ name, family: name.replace(/\(.*/, ""), direction: MetricDirection.LOWER, distinction: [], values },
  ...more,
});
const subject = (id: string, name: string, detail: string | null = null) => ({
  ...{ kind: ComparedKind.ROUND, id, name, detail },
});
const OTHER_FILE = { field: "sha256", value: "ab".repeat(32), others: null };
const comparison: Comparison = {
  missing: [],
  baselineId: "a",
  subjects: [subject("a", "Round 1", "E"), subject("b", "Round 2", "E"), subject("c", "Round 1", "F")],
  metrics: [
    metric("FID", [
      value(20, { tied: true }),
      value(19, {
        best: true,
        difference: {
          ...{ difference: -1, low: -2, high: 1, n: null },
          ...{ test: ChangeTest.INTERVALS, verdict: Verdict.NO_EVIDENCE },
        },
      }),
      value(5, { incompatible: [OTHER_FILE, { field: "images", value: "50", others: "100" }] }),
    ]),
  ],
  settings: [
    { name: "K", values: ["4", "4", "4"], differs: false },
    { name: "training.learningRate", values: ["0.1", null, "0.2"], differs: true },
  ],
  reported: [
    { source: "P", table: "table1_image_quality", row: "Base", values: [{ metric: "FID", value: 72.06 }] },
    { source: "P", table: "table1_image_quality", row: "DPO", values: [{ metric: "HPSv2", value: 0.28 }] },
  ],
};

test("a value that can't be compared says so, is not bold, and the reasons are listed in full", () => {
  const { columns, rows, incompatible } = prepareTable(comparison);
  expect(columns).toEqual(["FID ↓", "HPSv2 (reported by the paper)"]);
  const [first, second, third, base, dpo] = rows.map(({ cells }) => cells);
  expect(first?.[0]?.notes).toEqual(["n = 100", "≈ no evidence against the best"]);
  expect(second?.[0]).toMatchObject({ best: true, notes: ["n = 100", "−1.0 (−2.0 to +1.0), no evidence"] });
  expect(third?.[0]).toMatchObject({ best: false, incompatible: "not comparable: other model file, number of images" });
  expect(incompatible).toEqual([
    "FID ↓ of Round 1, F: model file abababab… instead of none; number of images 50 instead of 100.",
  ]);
  expect([base?.[0]?.text, base?.[1], dpo?.[0], dpo?.[1]?.text]).toEqual(["72.06", null, null, "0.28"]);
  expect(rows.map(({ remarks }) => remarks)).toEqual([
    "measured here; tied with the best by FID ↓",
    "measured here",
    "measured here; not comparable by FID ↓",
    "reported by the paper",
    "reported by the paper",
  ]);
});

test("a picture has what can be compared and what the paper reports, and names whom it leaves out", () => {
  const [plot, ...others] = preparePlots(comparison);
  expect(others).toEqual([]);
  expect(plot?.rows.map(({ label, reported = false, best }) => [label, reported, best])).toEqual([
    ["Round 1, E", false, false],
    ["Round 2", false, true],
    ["Base (paper)", true, false],
  ]);
  expect(plot).toMatchObject({ extent: [18, 72.06], leftOut: ["Round 1, F"], note: "lower is better" });
  expect(preparePlots({ ...comparison, subjects: [], metrics: [metric("KID", [])] })).toEqual([]);
});

test("labels are each another one, of subjects and of columns", () => {
  expect(labelsOf([subject("1", "R", "E"), subject("2", "R", "E"), subject("3", "Q")])).toEqual([
    "R, E (1)",
    "R, E (2)",
    "Q",
  ]);
  const distinction = [{ field: "promptTag", value: "eval", others: null }];
  expect(
    columnLabels([metric("KID(x)", []), metric("KID(x)", [], { distinction }), metric("KID(x)", [], { distinction })]),
  ).toEqual(["KID(x) ↓", "KID(x), prompt tag eval ↓", "KID(x), prompt tag eval, 2 ↓"]);
});

test("reasons, settings and tables in words", () => {
  expect(reasonText({ field: "promptSet", value: "Animals", others: "Shapes" })).toBe(
    "prompt set Animals instead of Shapes",
  );
  expect(settingLines(comparison.settings, false)).toEqual([
    { name: "training: learning rate", differs: true, values: ["0.1", null, "0.2"] },
  ]);
  expect(settingLines(comparison.settings, true)).toHaveLength(2);
  expect(["table1_image_quality", "table8_k_fid", "user_study"].map(tableTitle)).toEqual([
    "Table 1, image quality",
    "Table 8, K FID",
    "User study",
  ]);
});
