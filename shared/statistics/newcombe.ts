import { type Interval, wilsonInterval } from "./wilson.ts";

/** Wins out of trials. */
interface Proportion {
  wins: number;
  n: number;
}

/**
 * 95% interval of a difference of two independent proportions, a - b, in [-1, 1]: Newcombe's hybrid of Wilson scores.
 * @throws RangeError as wilsonInterval
 * Source: Newcombe 1998, method 10; its example (a) is in the test.
 */
export function differenceInterval(a: Proportion, b: Proportion): Interval {
  const [pa, pb] = [a.wins / a.n, b.wins / b.n];
  const [wa, wb] = [wilsonInterval(a.wins, a.n), wilsonInterval(b.wins, b.n)];
  return {
    low: pa - pb - Math.hypot(pa - wa.low, wb.high - pb),
    high: pa - pb + Math.hypot(wa.high - pa, pb - wb.low),
  };
}
