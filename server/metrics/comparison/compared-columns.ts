import { compareMetrics } from "../../../shared/ablation-metrics.ts";
import type { MetricDirection } from "../../../shared/enums.ts";
import { type BasisDifference, type BasisOf, basisDifferences, basisKey } from "./comparability.ts";

/** A value of one metric of one subject. */
export interface ComparedValue extends BasisOf {
  /** of the subject, from 1 */
  place: number;
  direction: MetricDirection;
  createdAt: Date;
  /** the round that was measured, where it was one; null for a reward model's selection */
  roundId: string | null;
  roundIndex: number | null;
  /** name of the experiment it was measured in */
  experiment: string | null;
  value: number;
  low: number | null;
  high: number | null;
  bias: number | null;
}

/** One metric: a cell a subject. */
export interface Column {
  name: string;
  direction: MetricDirection;
  /** what the values that can be compared are like; those that can't are told apart from it */
  basis: ComparedValue;
  /** by place; a subject without a value has none */
  cells: Map<number, ComparedCell>;
  /** from the first column of the same name, where there is another */
  distinction: BasisDifference[];
}

/** A value, and why it can't be compared with the others of its column, where it can't. */
export interface ComparedCell {
  value: ComparedValue;
  incompatible: BasisDifference[];
}

/**
 * A column for each way of computing a metric that two subjects share; a subject that shares none stands in the metric's first
 * column, as not comparable. Every value is shown once: what is left over has columns of its own.
 * @param baseline place of the subject that the others are compared with: where ways are equally common, its way is first
 */
export function columnsOf(values: readonly ComparedValue[], baseline: number): Column[] {
  const metrics = Map.groupBy(values, ({ name, direction }) => `${name}\n${direction}`);
  return [...metrics.values()]
    .flatMap((own) => columnsOfMetric(own, baseline))
    .sort((a, b) => compareMetrics(a.name, b.name));
}

function columnsOfMetric(values: readonly ComparedValue[], baseline: number): Column[] {
  const ways = [...Map.groupBy(values, basisKey).values()].sort(
    (a, b) =>
      b.length - a.length ||
      Number(b.some(({ place }) => place === baseline)) - Number(a.some(({ place }) => place === baseline)) ||
      newest(b).createdAt.getTime() - newest(a).createdAt.getTime(),
  );
  const shared = ways.filter((way, i) => i === 0 || way.length > 1);
  const placed = new Set(shared.flat().map(({ place }) => place));
  const rest = ways.filter((way) => !shared.includes(way)).flat();
  const strangers = [...Map.groupBy(rest, ({ place }) => place)].flatMap(([place, own]) =>
    placed.has(place) ? [] : [newest(own)],
  );
  const left = rest.filter((value) => !strangers.includes(value)).map((value) => [value]);
  const columns = [...shared, ...left].map((way, i) => columnOf(way, i === 0 ? strangers : []));
  const [first] = columns;
  return columns.map((column) => ({
    ...column,
    distinction: first && column !== first ? basisDifferences(column.basis, first.basis) : [],
  }));
}

const newest = (values: readonly ComparedValue[]): ComparedValue =>
  values.reduce((best, one) => (one.createdAt > best.createdAt ? one : best));

function columnOf(way: readonly ComparedValue[], strangers: readonly ComparedValue[]): Column {
  const [basis] = way as [ComparedValue];
  const cells = new Map<number, ComparedCell>();
  for (const value of way) cells.set(value.place, { value, incompatible: [] });
  for (const value of strangers) cells.set(value.place, { value, incompatible: basisDifferences(value, basis) });
  return { name: basis.name, direction: basis.direction, basis, cells, distinction: [] };
}
