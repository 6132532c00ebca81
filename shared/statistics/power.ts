import { Z95 } from "./wilson.ts";

/** Standard normal quantile of 0.8: four studies in five of the size found settle the question. */
const Z80 = 0.8416212335729143;

/**
 * Votes that a study needs for a two-sided test at 5% to find, in four of five studies, that a true win rate differs from a
 * half: n = ((1.96 / 2 + 0.84 sqrt(p (1 - p))) / (p - 1/2))^2 unrelated votes, times the design effect of votes that are alike.
 * @param rate         supposed true win rate, in [0, 1]
 * @param designEffect at least 1, such as `ClusteredWinRate.designEffect`
 * @returns null at a rate of exactly a half: no number would do
 * Source: the normal approximation of every textbook (Fleiss, Levin and Paik 2003, section 2.6).
 */
export function votesToSettle(rate: number, designEffect = 1): number | null {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`A win rate is in [0, 1], got ${rate}.`);
  if (rate === 0.5) return null;
  const root = (Z95 / 2 + Z80 * Math.sqrt(rate * (1 - rate))) / (rate - 0.5);
  return Math.ceil(root * root * Math.max(1, designEffect));
}
