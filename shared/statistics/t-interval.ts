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

/** The 0.975 quantile of Student's t with `degrees` = 1, 2, ... degrees of freedom, to about 1e-12 of itself. */
export function tQuantile975(degrees: number): number {
  const found = known.get(degrees) ?? solve(degrees);
  known.set(degrees, found);
  return found;
}

function solve(degrees: number): number {
  // t = sqrt(df (1 - x) / x) where x solves I_x(df / 2, 1 / 2) = 0.05, which rises with x from 0 to 1: bisection.
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > Number.EPSILON * low; i++) {
    const middle = (low + high) / 2;
    if (regularisedBeta(middle, degrees / 2) < 0.05) low = middle;
    else high = middle;
  }
  const x = (low + high) / 2;
  return Math.sqrt((degrees * (1 - x)) / x);
}

/** Regularised incomplete beta function I_x(a, 1/2), x in (0, 1), by the continued fraction of DLMF 8.17.22. */
function regularisedBeta(x: number, a: number, b = 0.5): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b)) / a;
  return front * continuedFraction(x, a, b);
}

/** Lentz's method; converges in some tens of terms on this side of the mean. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const safe = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

/** Natural logarithm of the gamma function of x > 0: Stirling's series after shifting x above 10; relative error about 1e-15. */
function lnGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 10; y++) shift += Math.log(y);
  const z = 1 / (y * y);
  const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
