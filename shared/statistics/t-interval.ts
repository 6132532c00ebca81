import { regularisedBeta } from "./special-functions.ts";

/** Mean of a few values with its uncertainty. */
export interface TInterval {
  n: number;
  mean: number;
  /** sample standard deviation, n - 1 below the line; null of one value */
  sd: number | null;
  /** 95% interval of the mean; null of one value */
  low: number | null;
  high: number | null;
}

/**
 * Student's 95% interval of a mean: mean +- t(0.975, n - 1) sd / sqrt(n). Of paired differences it is the interval of the
 * paired t test, which finds p < 0.05 exactly where 0 lies outside. Values that are all equal give an interval of no width.
 * @throws RangeError without values
 * Source: Student 1908; checked against SciPy (tools/reference/ablation_reference.py).
 */
export function tInterval(values: readonly number[]): TInterval {
  const n = values.length;
  if (n === 0) throw new RangeError("A mean needs at least one value.");
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, sd: null, low: null, high: null };
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = (tQuantile975(n - 1) * sd) / Math.sqrt(n);
  return { n, mean, sd, low: mean - half, high: mean + half };
}

const known = new Map<number, number>();

/** The 0.975 quantile of Student's t with `degrees` > 0 degrees of freedom, to about 1e-12 of itself. */
export function tQuantile975(degrees: number): number {
  const found = known.get(degrees) ?? solve(degrees);
  if (Number.isInteger(degrees)) known.set(degrees, found);
  return found;
}

function solve(degrees: number): number {
  // t = sqrt(df (1 - x) / x) where x solves I_x(df / 2, 1 / 2) = 0.05, which rises with x from 0 to 1: bisection.
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > Number.EPSILON * low; i++) {
    const middle = (low + high) / 2;
    if (regularisedBeta(middle, degrees / 2, 0.5) < 0.05) low = middle;
    else high = middle;
  }
  const x = (low + high) / 2;
  return Math.sqrt((degrees * (1 - x)) / x);
}
