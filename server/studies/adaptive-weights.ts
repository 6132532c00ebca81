import { bradleyTerry, type Comparison, NotComparableError } from "../../shared/statistics/bradley-terry.ts";

export interface Tally {
  a: number;
  b: number;
  outcome: 0 | 0.5 | 1;
  times: number;
}

/** A pair whose order is certain keeps this much of the weight of one of which nothing is known. */
const FLOOR = 0.1;

/**
 * How much each pair of arms deserves the next vote: twice the probability that its order, as the strengths so far have it, is
 * wrong, so 1 where both look alike and `FLOOR` at least. While strengths are not finite every pair weighs the same.
 * Each pair begins with one vote for either arm, so that a first vote decides nothing.
 */
export function adaptiveWeights(
  arms: number,
  tallies: readonly Tally[],
): (pair: { armA: number; armB: number }) => number {
  const comparisons: Comparison[] = [];
  for (let a = 0; a < arms; a++)
    for (let b = a + 1; b < arms; b++) comparisons.push({ a, b, outcome: 1 }, { a, b, outcome: 0 });
  for (const { a, b, outcome, times } of tallies) for (let i = 0; i < times; i++) comparisons.push({ a, b, outcome });
  try {
    const { strengths, covariance } = bradleyTerry(arms, comparisons);
    return ({ armA, armB }) => {
      const difference = (strengths[armA]?.value ?? 0) - (strengths[armB]?.value ?? 0);
      const at = (i: number, j: number) => covariance[i]?.[j] ?? 0;
      const se = Math.sqrt(Math.max(1e-12, at(armA, armA) + at(armB, armB) - 2 * at(armA, armB)));
      return Math.max(FLOOR, 2 * upperTail(Math.abs(difference) / se));
    };
  } catch (error) {
    if (error instanceof NotComparableError) return () => 1;
    throw error;
  }
}

/** P(Z > z), z >= 0, to 5e-5 at least. Source: Zelen and Severo, in Abramowitz and Stegun 1964, 26.2.17. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429].reduceRight(
    (sum, c) => (sum + c) * t,
    0,
  );
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
