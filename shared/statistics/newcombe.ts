import { type Interval, wilsonInterval } from "./wilson.ts";

/** Wins out of trials. */
interface Proportion {
  wins: number;
  n: number;
}

/** A value with its interval. */
export interface Estimate extends Interval {
  value: number;
}

/**
 * Interval of a difference a - b of two independent estimates, from theirs and of their confidence, by squaring and adding
 * the distances to their ends: right where the intervals are not symmetric, as near 0 and 1.
 * Source: Newcombe 1998; Zou and Donner 2008 ("MOVER") for estimates of any kind.
 */
export function differenceOf(a: Estimate, b: Estimate): Interval {
  return {
    low: a.value - b.value - Math.hypot(a.value - a.low, b.high - b.value),
    high: a.value - b.value + Math.hypot(a.high - a.value, b.value - b.low),
  };
}

/**
 * 95% interval of a difference of two independent proportions, a - b, in [-1, 1]: Newcombe's hybrid of Wilson scores.
 * @throws RangeError as wilsonInterval
 * Source: Newcombe 1998, method 10; its example (a) is in the test.
 */
export function differenceInterval(a: Proportion, b: Proportion): Interval {
  const estimate = ({ wins, n }: Proportion): Estimate => ({ value: wins / n, ...wilsonInterval(wins, n) });
  return differenceOf(estimate(a), estimate(b));
}
