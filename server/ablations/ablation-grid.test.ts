import { describe, expect, test } from "vitest";
import { AblationAxis, RewardModelStrategy } from "../../shared/enums.ts";
import { type Axes, inTableOrder, publishedTable, rowLabel, rowsOf, variedAxes } from "./ablation-grid.ts";

const { NAIVE, AVERAGE, VOTING, BOOTSTRAP } = RewardModelStrategy;
const ONE: Axes = { encoders: ["e"], strategies: [BOOTSTRAP], n: [500], k: [10], alpha: [0.7], m: [null] };
const labels = (axes: Axes) => {
  const rows = rowsOf(inTableOrder(axes));
  return rows.map((row) => rowLabel(row, variedAxes(rows)));
};
const shape = (axes: Axes) => publishedTable(variedAxes(rowsOf(inTableOrder(axes))));

describe("rows are in the order of the published table, whatever order was asked for", () => {
  test.each<[string, Partial<Axes>, string[], string | null]>([
    [
      "table 4",
      { strategies: [BOOTSTRAP, VOTING, NAIVE, AVERAGE, NAIVE] },
      ["Naive", "Average", "Voting", "Bootstrap"],
      "table4_reward_model_ablation",
    ],
    ["table 7", { n: [500, 50, 250] }, ["N=50", "N=250", "N=500"], "table7_proxy_size_fid"],
    ["table 8", { k: [10, 2, 6] }, ["K=2", "K=6", "K=10"], "table8_k_fid"],
    ["alpha", { alpha: [2, 0.1] }, ["alpha=0.1", "alpha=2"], null],
    ["M", { m: [null, 100, 50] }, ["M by default", "M=50", "M=100"], null],
    ["encoders, as given", { encoders: ["z", "a"] }, ["z", "a"], null],
    ["two axes", { n: [50, 10], k: [4, 2] }, ["N=10, K=2", "N=10, K=4", "N=50, K=2", "N=50, K=4"], null],
    ["nothing", {}, ["Bootstrap"], null],
  ])("%s", (_what, axes, expected, table) => {
    expect(labels({ ...ONE, ...axes })).toEqual(expected);
    expect(shape({ ...ONE, ...axes })).toBe(table);
  });
});

test("strategies without pseudo-labels have one row for all alpha and M, and that does not vary these", () => {
  const axes = { ...ONE, strategies: [NAIVE, BOOTSTRAP], alpha: [1, 2] };
  expect(labels(axes)).toEqual(["Naive", "Bootstrap, alpha=1", "Bootstrap, alpha=2"]);
  const rows = rowsOf({ ...ONE, strategies: [NAIVE, BOOTSTRAP], m: [9] });
  expect(rows.map(({ alpha, m }) => [alpha, m])).toEqual([
    [null, null],
    [0.7, 9],
  ]);
  expect(variedAxes(rows)).toEqual([AblationAxis.STRATEGY]);
});
