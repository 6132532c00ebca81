import { BEST_OF_K_ACCURACY, compareMetrics, PICK_RATE } from "../../shared/ablation-metrics.ts";
import { type AblationAxis, AblationCellState, type MetricDirection } from "../../shared/enums.ts";
import { type TInterval, tInterval } from "../../shared/statistics/t-interval.ts";
import type { Ablation, AblationCell } from "./ablation.entity.ts";
import { publishedTable, type RowSettings, rowLabel, rowsOf, variedAxes } from "./ablation-grid.ts";
import { judgedPrompts, type LabelledCandidate, pickedRight, preferredShares } from "./ablation-outcomes.ts";
import {
  bestOf,
  type CellValue,
  type Difference,
  differenceByPrompt,
  differenceBySeed,
  type Outcomes,
} from "./ablation-statistics.ts";

/** A number about a cell, as the record has it. */
export interface CellMetric extends Omit<CellValue, "seed"> {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  provenanceKey: string;
}

/** A column of the table: a metric computed in one way. */
export interface TableColumn {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
}

/** Where a row and a column meet. */
export interface TableValue extends Omit<TInterval, "mean"> {
  metric: string;
  /** over the seeds; null before the first cell has it */
  mean: number | null;
  /** mean over the cells that have one */
  bias: number | null;
  cells: CellValue[];
  best: boolean | null;
  difference: Difference | null;
  differenceByPrompt: Difference | null;
}

export interface TableRow extends RowSettings {
  position: number;
  label: string;
  chance: number | null;
  doneCount: number;
  values: TableValue[];
}

export interface Table {
  publishedTable: string | null;
  variedAxes: AblationAxis[];
  seeds: number[];
  baseline: number;
  columns: TableColumn[];
  rows: TableRow[];
}

interface AblationRecord {
  ablation: Pick<Ablation, "axes" | "seeds" | "judgedPositions">;
  /** in order of position */
  cells: readonly AblationCell[];
  metrics: readonly CellMetric[];
  /** what the models chose among; null where no label is wanted */
  candidates: readonly LabelledCandidate[] | null;
}

/** The whole table of an ablation. Rows and columns in the order of the paper's tables; differences are to row `baseline`. */
export function tableOf(record: AblationRecord, baseline: number): Table {
  const { axes, seeds } = record.ablation;
  const settings = rowsOf(axes);
  const varied = variedAxes(settings);
  const rows = settings.map((row, position) => rowParts(record, row, position));
  const columns = columnsOf(record.metrics);
  const complete = record.cells.every((cell) => cell.state === AblationCellState.DONE);
  const values = columns.map((column) => columnValues(column, { rows, baseline, complete }));
  return {
    publishedTable: publishedTable(varied),
    variedAxes: varied,
    seeds,
    baseline,
    columns: columns.map(({ name, direction, provenance }) => ({ name, direction, provenance })),
    rows: rows.map(({ row, cells, chance }, position) => ({
      ...row,
      position,
      label: rowLabel(row, varied),
      chance,
      doneCount: cells.filter((cell) => cell.state === AblationCellState.DONE).length,
      values: values.map((column) => column[position] as TableValue),
    })),
  };
}

interface RowParts {
  row: RowSettings;
  cells: readonly AblationCell[];
  /** accuracy of picking at random, over the prompts that offer the label */
  chance: number | null;
  /** of each cell by the key of its column */
  numbers: Map<string, CellValue[]>;
  /** whether each prompt's pick has the label: over all prompts, and over those that offer it */
  picked: Outcomes;
  offered: Outcomes;
}

const columnKey = (metric: Pick<CellMetric, "name" | "provenanceKey">): string =>
  `${metric.name}\n${metric.provenanceKey}`;

function rowParts(record: AblationRecord, row: RowSettings, position: number): RowParts {
  const { seeds } = record.ablation;
  const cells = record.cells.slice(position * seeds.length, (position + 1) * seeds.length);
  return { row, cells, numbers: numbersOf(cells, record), ...outcomesOf(cells, row, record) };
}

function numbersOf(cells: readonly AblationCell[], { ablation, metrics }: AblationRecord): Map<string, CellValue[]> {
  const seedOf = new Map(cells.map((cell) => [cell.id, cell.seed]));
  const numbers = new Map<string, CellValue[]>();
  for (const { cellId, value, n, low, high, bias, ...metric } of metrics) {
    const seed = seedOf.get(cellId);
    if (seed === undefined) continue;
    const values = numbers.get(columnKey(metric)) ?? [];
    numbers.set(columnKey(metric), values);
    values.push({ cellId, seed, value, n, low, high, bias });
  }
  const place = new Map(ablation.seeds.map((seed, i) => [seed, i]));
  for (const values of numbers.values()) values.sort((a, b) => (place.get(a.seed) ?? 0) - (place.get(b.seed) ?? 0));
  return numbers;
}

function outcomesOf(
  cells: readonly AblationCell[],
  { k }: RowSettings,
  { ablation, candidates }: AblationRecord,
): Pick<RowParts, "chance" | "picked" | "offered"> {
  const [picked, offered] = [new Map<number, boolean[]>(), new Map<number, (boolean | null)[]>()];
  if (!candidates) return { chance: null, picked, offered };
  const prompts = judgedPrompts(ablation.judgedPositions, candidates);
  const shares = preferredShares(prompts, k);
  for (const { seed, picks } of cells) {
    if (!picks) continue;
    const right = pickedRight(prompts, picks);
    picked.set(seed, right);
    offered.set(
      seed,
      right.map((one, i) => (shares[i] === 0 ? null : one)),
    );
  }
  const offering = shares.filter((share) => share > 0);
  const chance = offering.length === 0 ? null : offering.reduce((sum, share) => sum + share, 0) / offering.length;
  return { chance, picked, offered };
}

function columnsOf(metrics: readonly CellMetric[]): CellMetric[] {
  const columns = new Map(metrics.map((metric) => [columnKey(metric), metric]));
  return [...columns.values()].sort(
    (a, b) => compareMetrics(a.name, b.name) || (a.provenanceKey < b.provenanceKey ? -1 : 1),
  );
}

function meanBias(cells: readonly CellValue[]): number | null {
  const known = cells.flatMap(({ bias }) => bias ?? []);
  return known.length === 0 ? null : known.reduce((sum, bias) => sum + bias, 0) / known.length;
}

/** The column's value in every row. */
function columnValues(
  column: CellMetric,
  { rows, baseline, complete }: { rows: readonly RowParts[]; baseline: number; complete: boolean },
): TableValue[] {
  const { name, direction } = column;
  const cellsOf = (row: RowParts | undefined) => row?.numbers.get(columnKey(column)) ?? [];
  const base = rows[baseline];
  const means = rows.map((row) => (cellsOf(row).length > 0 ? tInterval(cellsOf(row).map((cell) => cell.value)) : null));
  const best = bestOf(
    means.map((mean) => mean?.mean ?? null),
    direction,
  );
  const outcomes = (row: RowParts | undefined): Outcomes | undefined =>
    name === BEST_OF_K_ACCURACY ? row?.offered : name === PICK_RATE ? row?.picked : undefined;
  return rows.map((row, i) => {
    const [ours, theirs] = i === baseline ? [] : [outcomes(row), outcomes(base)];
    return {
      metric: name,
      ...(means[i] ?? { n: 0, mean: null, sd: null, low: null, high: null }),
      bias: meanBias(cellsOf(row)),
      cells: cellsOf(row),
      // Which is best is not known before all are there; a single row is the best of nothing.
      best: complete && rows.length > 1 ? (best[i] ?? false) : null,
      difference: i === baseline ? null : differenceBySeed(cellsOf(row), cellsOf(base), direction),
      differenceByPrompt: ours && theirs ? differenceByPrompt(ours, theirs, direction) : null,
    };
  });
}
