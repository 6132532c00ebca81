import { MetricDirection, type Verdict } from "../../shared/enums.ts";
import { type TInterval, tInterval } from "../../shared/statistics/t-interval.ts";
import { verdictOf } from "../../shared/statistics/verdict.ts";

/** One number of one cell. */
export interface CellValue {
  cellId: string;
  seed: number;
  value: number;
  n: number | null;
  low: number | null;
  high: number | null;
  bias: number | null;
}

/** A difference to the baseline row, with what it is evidence of. */
export interface Difference extends TInterval {
  verdict: Verdict;
}

/**
 * Row minus baseline, seed by seed: cells of one seed share data, initial weights and, where they can, the whole base run, so
 * the seeds' luck cancels. Over the seeds that both have; null where there is none.
 */
export function differenceBySeed(
  row: readonly CellValue[],
  baseline: readonly CellValue[],
  direction: MetricDirection,
): Difference | null {
  const other = new Map(baseline.map(({ seed, value }) => [seed, value]));
  const differences = row.flatMap(({ seed, value }) => {
    const base = other.get(seed);
    return base === undefined ? [] : [value - base];
  });
  return judged(differences, direction);
}

/** By seed, and for each judged prompt whether the pick is right; null: the prompt does not count (it offers no choice). */
export type Outcomes = ReadonlyMap<number, readonly (boolean | null)[]>;

/**
 * Row minus baseline, prompt by prompt: the difference of the shares of seeds that pick right, over the seeds that both rows
 * have, for the prompts that count in both. It says how far the result carries to other prompts, where the seeds' interval
 * says how far it carries to other trainings on the same ones. Student's interval over prompts: with hundreds of them it is
 * that of a bootstrap over prompts (compared in the test) and costs nothing. Null without a common seed or prompt.
 */
export function differenceByPrompt(row: Outcomes, baseline: Outcomes, direction: MetricDirection): Difference | null {
  const seeds = [...row.keys()].filter((seed) => baseline.has(seed));
  const prompts = row.values().next().value?.length ?? 0;
  const differences: number[] = [];
  for (let prompt = 0; prompt < prompts; prompt++) {
    let sum = 0;
    let counts = seeds.length > 0;
    for (const seed of seeds) {
      const [ours, theirs] = [row.get(seed)?.[prompt] ?? null, baseline.get(seed)?.[prompt] ?? null];
      if (ours === null || theirs === null) counts = false;
      else sum += Number(ours) - Number(theirs);
    }
    if (counts) differences.push(sum / seeds.length);
  }
  return judged(differences, direction);
}

function judged(differences: readonly number[], direction: MetricDirection): Difference | null {
  if (differences.length === 0) return null;
  const interval = tInterval(differences);
  return { ...interval, verdict: verdictOf(interval, direction) };
}

/** Which of the means is the best, ties included; null means take no part. */
export function bestOf(means: readonly (number | null)[], direction: MetricDirection): boolean[] {
  const present = means.filter((mean) => mean !== null);
  const best = direction === MetricDirection.HIGHER ? Math.max(...present) : Math.min(...present);
  return means.map((mean) => mean !== null && mean === best);
}
