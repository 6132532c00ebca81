import { ChangeTest, type MetricDirection, type Verdict } from "../../shared/enums.ts";
import { differenceOf } from "../../shared/statistics/newcombe.ts";
import { tQuantile975 } from "../../shared/statistics/t-interval.ts";
import { verdictOf } from "../../shared/statistics/verdict.ts";

/** A metric of a round: a row of ROUND_VALUES. */
export interface RoundValue {
  experimentId: string;
  roundId: string;
  roundIndex: number;
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  provenanceKey: string;
  step: number;
  value: number;
  n: number | null;
  low: number | null;
  high: number | null;
  bias: number | null;
}

/** A metric, computed in one way, over an experiment's rounds. */
export interface RoundMetric {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  /** in order of t */
  values: RoundValue[];
  changes: RoundChange[];
}

/** What became of a metric between two rounds. */
export interface RoundChange {
  fromRound: number;
  toRound: number;
  /** later minus earlier */
  difference: number;
  low: number | null;
  high: number | null;
  /** prompts, where they are paired */
  n: number | null;
  test: ChangeTest;
  verdict: Verdict;
}

/** Two rounds' values of one metric. */
export interface ValuePair<Value = RoundValue> {
  earlier: Value;
  later: Value;
}
/** What says which values of single samples a round's mean is of. */
export type RoundMean = Pick<RoundValue, "roundId" | "name" | "provenance" | "provenanceKey">;

/** The metrics of one experiment, values in order of round; two numbers stand in one only if their provenance is equal. */
export function byMetric(values: readonly RoundValue[]): RoundValue[][] {
  return [...Map.groupBy(values, ({ name, provenanceKey }) => `${name}\n${provenanceKey}`).values()];
}

/** Each round beside the one before, and the last beside the first where that is another pair. */
export function pairsOf(values: readonly RoundValue[]): ValuePair[] {
  const pairs = values.slice(1).map((later, i) => ({ earlier: values[i] as RoundValue, later }));
  const [first, last] = [values[0], values.at(-1)];
  return first && last && pairs.length > 1 ? [...pairs, { earlier: first, later: last }] : pairs;
}

/** The statistics that `measureRound` forms of single samples' values (measure-round.job.ts). */
const OF_SAMPLES = new Set<unknown>(["mean over prompts", "share"]);

/** Where a metric of a round is a mean of single samples' values: their provenance, and of which prompts. */
export function sampleProvenanceOf(
  provenance: Record<string, unknown>,
): { provenance: Record<string, unknown>; promptTag: string | null } | null {
  const { statistic, promptTag = null, ...rest } = provenance;
  return OF_SAMPLES.has(statistic)
    ? { provenance: rest, promptTag: promptTag === null ? null : String(promptTag) }
    : null;
}

/** Differences of prompts' means: a row of PAIRED_DIFFERENCES. */
export interface PromptDifference {
  n: number;
  mean: number;
  deviation: number | null;
}

/** Differences of two values in the same draws of prompts, their mean and 95%: a row of RESAMPLED_DIFFERENCES. */
export interface ResampledDifference {
  mean: number;
  low: number;
  high: number;
}

/** What two rounds have in common, prompt by prompt or draw by draw. */
export type PairedDifference = PromptDifference | ResampledDifference;

/**
 * What a change is evidence of. Means over prompts are compared prompt by prompt (rounds have the same prompts and seeds, so
 * what is hard in a prompt cancels), by Student's interval. Distances of sets of samples are compared in the same draws of prompts, against the
 * same reference: the percentiles of the differences, taken around their mean and put around the difference, as of a single distance
 * (frechet-interval.ts). Values without such draws by their own intervals, as if these were independent, which is on the wide side.
 */
export function judged(
  earlier: IntervalValue,
  later: IntervalValue & Pick<RoundValue, "direction">,
  paired: PairedDifference | null,
): JudgedDifference {
  const difference = differenceOfRounds(earlier, later, paired);
  return { ...difference, verdict: verdictOf(difference, later.direction) };
}

function differenceOfRounds(earlier: IntervalValue, later: IntervalValue, paired: PairedDifference | null): Difference {
  if (paired && "low" in paired) return ofResamples(later.value - earlier.value, paired);
  return paired && paired.n > 1 ? ofPrompts(paired) : ofIntervals(earlier, later);
}

export const changeOf = ({ earlier, later }: ValuePair, paired: PairedDifference | null): RoundChange => ({
  ...{ fromRound: earlier.roundIndex, toRound: later.roundIndex },
  ...judged(earlier, later, paired),
});

type IntervalValue = Pick<RoundValue, "value" | "low" | "high">;
/** A difference, later minus earlier, and what it is evidence of. */
export type JudgedDifference = Omit<RoundChange, "fromRound" | "toRound">;
type Difference = Omit<JudgedDifference, "verdict">;

function ofResamples(difference: number, { mean, low, high }: ResampledDifference): Difference {
  const centre = difference - mean;
  return { difference, low: centre + low, high: centre + high, n: null, test: ChangeTest.PAIRED_RESAMPLES };
}

function ofPrompts({ n, mean, deviation }: PromptDifference): Difference {
  const half = (tQuantile975(n - 1) * (deviation ?? 0)) / Math.sqrt(n);
  return { difference: mean, low: mean - half, high: mean + half, n, test: ChangeTest.PAIRED_BY_PROMPT };
}

function ofIntervals(earlier: IntervalValue, later: IntervalValue): Difference {
  const difference = later.value - earlier.value;
  const [a, b] = [later, earlier].map(({ value, low, high }) =>
    low === null || high === null ? null : { value, low, high },
  );
  if (!a || !b) return { difference, low: null, high: null, n: null, test: ChangeTest.NONE };
  return { difference, ...differenceOf(a, b), n: null, test: ChangeTest.INTERVALS };
}
