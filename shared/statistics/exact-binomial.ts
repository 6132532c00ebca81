import { lnGamma } from "./special-functions.ts";

/**
 * Two-sided p of an exact binomial test: the probability, if each of n trials were won with `probability`, of an outcome
 * that is no more likely than the one seen (the "minimum likelihood" form of R's binom.test and SciPy's binomtest).
 * @param wins integer in [0, n]
 * @param n    integer >= 0; no trials give 1
 * @throws RangeError outside those ranges
 * Source: Clopper and Pearson 1934; checked against the shared vectors and SciPy (tools/reference/study_reference.py).
 */
export function exactBinomialP(wins: number, n: number, probability = 0.5): number {
  if (!Number.isInteger(wins) || !Number.isInteger(n) || wins < 0 || wins > n)
    throw new RangeError(`wins and n must be integers with 0 <= wins <= n, got ${wins} of ${n}`);
  if (!(probability > 0 && probability < 1)) throw new RangeError(`A probability is in (0, 1), got ${probability}.`);
  const logOf = (k: number) =>
    lnGamma(n + 1) -
    lnGamma(k + 1) -
    lnGamma(n - k + 1) +
    k * Math.log(probability) +
    (n - k) * Math.log1p(-probability);
  // Outcomes as likely as this one differ from it by rounding.
  const asLikely = logOf(wins) + 1e-7;
  let p = 0;
  for (let k = 0; k <= n; k++) if (logOf(k) <= asLikely) p += Math.exp(logOf(k));
  return Math.min(1, p);
}
