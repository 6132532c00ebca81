import { describe, expect, test } from "vitest";
import { BEST_OF_K_ACCURACY, PICK_RATE } from "../../shared/ablation-metrics.ts";
import { AblationCellState, MetricDirection, RewardModelStrategy, Verdict } from "../../shared/enums.ts";
import type { AblationCell } from "./ablation.entity.ts";
import { type CellMetric, tableOf } from "./ablation-table.ts";

const { NAIVE, BOOTSTRAP } = RewardModelStrategy;
const { HIGHER, LOWER } = MetricDirection;

/** Two strategies, two seeds; three prompts at positions 4, 5 and 9 with K = 2; prompt 9 has no labelled candidate. */
const ablation = {
  axes: { encoders: ["e"], strategies: [NAIVE, BOOTSTRAP], n: [9], k: [2], alpha: [1], m: [null] },
  seeds: [7, 3],
  judgedPositions: [4, 5, 9],
};
const candidates = [4, 5, 9].flatMap((promptPosition) =>
  [0, 1].map((k) => ({ promptPosition, k, preferred: promptPosition !== 9 && k === promptPosition % 2 })),
);
const cell = (position: number, picks: number[] | null): AblationCell =>
  ({
    id: `cell ${position}`,
    position,
    seed: ablation.seeds[position % 2],
    state: picks ? AblationCellState.DONE : AblationCellState.PENDING,
    picks,
  }) as AblationCell;
const metric = (
  position: number,
  name: string,
  value: number,
  {
    direction = HIGHER,
    provenanceKey = "p",
    bias = null,
  }: { direction?: MetricDirection; provenanceKey?: string; bias?: number | null } = {},
): CellMetric => ({
  cellId: `cell ${position}`,
  name,
  direction,
  provenance: {},
  provenanceKey,
  value,
  n: 3,
  low: null,
  high: null,
  bias,
});

describe("a whole table", () => {
  const cells = [cell(0, [0, 0, 0]), cell(1, [1, 1, 1]), cell(2, [0, 1, 0]), cell(3, [0, 1, 1])];
  const metrics = [
    ...[0.5, 0.5, 1, 1].map((value, i) => metric(i, BEST_OF_K_ACCURACY, value)),
    ...[1 / 3, 1 / 3, 2 / 3, 2 / 3].map((value, i) => metric(i, PICK_RATE, value)),
    ...[10, 12, 11, 14].map((value, i) =>
      metric(i, "FD(e)", value, { direction: LOWER, bias: [1, 2, 3, null][i] ?? null }),
    ),
  ].reverse();
  const table = tableOf({ ablation, cells, metrics, candidates }, 0);

  test("columns are in order; values are means over the seeds, in the order of the seeds", () => {
    expect(table.columns.map((column) => column.name)).toEqual([BEST_OF_K_ACCURACY, PICK_RATE, "FD(e)"]);
    const fd = table.rows[1]?.values[2];
    expect(fd).toMatchObject({ n: 2, mean: 12.5, best: false });
    expect(table.rows.map((row) => row.values.map(({ bias }) => bias))).toEqual([
      [null, null, 1.5],
      [null, null, 3],
    ]);
    expect(fd?.cells.map(({ seed, value }) => [seed, value])).toEqual([
      [7, 11],
      [3, 14],
    ]);
    expect(table.rows.map((row) => row.chance)).toEqual([0.5, 0.5]);
  });

  test("the best follows the direction; differences are paired by seed and, for what is counted by prompt, by prompt", () => {
    expect(table.rows.map((row) => row.values.map((value) => value.best))).toEqual([
      [false, false, true],
      [true, true, false],
    ]);
    const [accuracy, rate, fd] = table.rows[1]?.values ?? [];
    expect(accuracy?.difference).toMatchObject({ n: 2, mean: 0.5, verdict: Verdict.BETTER });
    expect(accuracy?.differenceByPrompt).toMatchObject({ n: 2, mean: 0.5 });
    expect(rate?.differenceByPrompt).toMatchObject({ n: 3, mean: 1 / 3 });
    expect(fd?.difference).toMatchObject({ n: 2, mean: 1.5, verdict: Verdict.NO_EVIDENCE });
    expect(fd?.differenceByPrompt).toBeNull();
    expect(table.rows[0]?.values.map((value) => value.difference)).toEqual([null, null, null]);
  });

  test("against another row the differences change sign and the verdict its side", () => {
    const turned = tableOf({ ablation, cells, metrics, candidates }, 1);
    expect(turned.rows[0]?.values[0]?.difference).toMatchObject({ mean: -0.5, verdict: Verdict.WORSE });
    expect(turned.rows[1]?.values[0]?.difference).toBeNull();
  });
});

test("while cells are missing there are means of what is there, but no best; a row without any is empty, not 0", () => {
  const cells = [cell(0, [0, 0, 0]), cell(1, null), cell(2, null), cell(3, null)];
  const table = tableOf({ ablation, cells, metrics: [metric(0, "FD(e)", 10, { direction: LOWER })], candidates }, 0);
  expect(table.rows.map((row) => row.doneCount)).toEqual([1, 0]);
  expect(table.rows[0]?.values[0]).toMatchObject({ n: 1, mean: 10, sd: null, best: null });
  expect(table.rows[1]?.values[0]).toMatchObject({ n: 0, mean: null, cells: [], best: null, difference: null });
});

test("one metric computed in two ways is two columns", () => {
  const cells = [0, 1, 2, 3].map((position) => cell(position, [0, 0, 0]));
  const metrics = [metric(0, "CLIPScore", 1), metric(0, "CLIPScore", 2, { provenanceKey: "q" })];
  const table = tableOf({ ablation, cells, metrics, candidates: null }, 0);
  expect(table.rows[0]?.values.map((value) => value.mean)).toEqual([1, 2]);
  expect(table.rows[0]?.chance).toBeNull();
});
