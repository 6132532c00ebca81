import { ChangeTest, MetricDirection, Verdict } from "../../../shared/enums.ts";
import { pairKey } from "../round-metrics.loader.ts";
import {
  type JudgedDifference,
  judged,
  type PairedDifference,
  type RoundMean,
  type ValuePair,
} from "../round-metrics.ts";
import type { BasisDifference } from "./comparability.ts";
import type { Column, ComparedValue } from "./compared-columns.ts";
import { familyOf } from "./reported-results.ts";

/** One metric, ready to be shown: a value a subject, and what the differences are evidence of. */
export interface ComparedColumn {
  name: string;
  family: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  promptSet: string | null;
  distinction: BasisDifference[];
  values: (JudgedValue | null)[];
}

/** A subject's value of one metric. */
export type JudgedValue = Pick<
  ComparedValue,
  "value" | "low" | "high" | "n" | "bias" | "roundId" | "roundIndex" | "experiment"
> & {
  incompatible: BasisDifference[];
  best: boolean;
  tied: boolean;
  difference: JudgedDifference | null;
};

interface Judging {
  /** of the subjects that there are, in order */
  places: readonly number[];
  baseline: number;
  /** by `pairKey` */
  paired: ReadonlyMap<string, PairedDifference>;
}

/** The values of a column that may be compared. */
const comparable = ({ cells }: Column): ComparedValue[] =>
  [...cells.values()].flatMap(({ value, incompatible }) => (incompatible.length === 0 ? [value] : []));

/** The best of two or more values; null while there is nothing to be best of. */
function bestOf(column: Column): ComparedValue | null {
  const values = comparable(column);
  const sign = column.direction === MetricDirection.HIGHER ? 1 : -1;
  return values.length < 2 ? null : values.reduce((best, one) => (sign * (one.value - best.value) > 0 ? one : best));
}

const ofRound = (value: ComparedValue): (ComparedValue & RoundMean) | null =>
  value.roundId === null ? null : { ...value, roundId: value.roundId };

function pairOf(earlier: ComparedValue, later: ComparedValue): ValuePair<RoundMean> | null {
  const [from, to] = [ofRound(earlier), ofRound(later)];
  return from && to && from.roundId !== to.roundId ? { earlier: from, later: to } : null;
}

/** All pairs of rounds that the columns compare: with the baseline, and with the best. */
export function pairsOfColumns(columns: readonly Column[], baseline: number): ValuePair<RoundMean>[] {
  const pairs = columns.flatMap((column) => {
    const values = comparable(column);
    const beside = [values.find(({ place }) => place === baseline), bestOf(column)].filter((one) => one != null);
    return beside.flatMap((one) => values.flatMap((value) => pairOf(one, value) ?? []));
  });
  return [...new Map(pairs.map((pair) => [pairKey(pair), pair])).values()];
}

/** The columns with the best of each, what can't be told from it, and every value beside the baseline's. */
export function judgedColumns(columns: readonly Column[], judging: Judging): ComparedColumn[] {
  return columns.map((column) => {
    const { name, direction, basis, distinction } = column;
    const values = judging.places.map((place) => judgedValue(column, place, judging));
    const { provenance, promptSet } = basis;
    return { name, family: familyOf(name), direction, provenance, promptSet, distinction, values };
  });
}

function judgedValue(column: Column, place: number, { baseline, paired }: Judging): JudgedValue | null {
  const cell = column.cells.get(place);
  if (!cell) return null;
  const { value, incompatible } = cell;
  const { low, high, n, bias, roundId, roundIndex, experiment } = value;
  const said = { value: value.value, low, high, n, bias, roundId, roundIndex, experiment, incompatible };
  if (incompatible.length > 0) return { ...said, best: false, tied: false, difference: null };
  const beside = (one: ComparedValue) => {
    const pair = pairOf(one, value);
    return judged(one, value, (pair && paired.get(pairKey(pair))) ?? null);
  };
  const [best, base] = [bestOf(column), comparable(column).find((one) => one.place === baseline)];
  const isBest = best !== null && best.value === value.value;
  return {
    ...said,
    best: isBest,
    tied: best !== null && !isBest && isTie(beside(best)),
    difference: base && base !== value ? beside(base) : null,
  };
}

/** A test was made, and it does not tell the two apart. */
const isTie = ({ test, verdict }: JudgedDifference): boolean =>
  test !== ChangeTest.NONE && verdict === Verdict.NO_EVIDENCE;
