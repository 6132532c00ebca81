/**
 * Decimals that an interval bears out: two significant digits of its half width. 0.892 to 0.957 -> 3.
 * An interval without width says nothing about precision and gets `most`.
 */
export function digitsOf(low: number, high: number, most = 4): number {
  const half = (high - low) / 2;
  if (!(half > 0)) return most;
  return Math.min(most, Math.max(0, 1 - Math.floor(Math.log10(half))));
}

/** A proportion as a percentage with one decimal: 0.9312 -> "93.1%". */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** A number to three decimals, or "–" where there is none: a missing value is never shown as zero. */
export const decimal = (value: number | null | undefined, digits = 3): string =>
  value == null ? "–" : value.toFixed(digits);

/** A reward in (0, 1), or "–"; what three decimals can't tell from the ends is said to be beyond them. */
export function reward(value: number | null | undefined): string {
  if (value == null) return "–";
  if (value < 0.0005) return "<0.001";
  return value >= 0.9995 ? ">0.999" : value.toFixed(3);
}

/** A number of any size in three significant digits: 0.00123 -> "0.00123", 12345 -> "12,300". */
export const significant = (value: number | null | undefined): string =>
  value == null ? "–" : value.toLocaleString("en-GB", { maximumSignificantDigits: 3 });

/** A number with its 95% interval, in the digits that the interval bears out: "0.482 (0.431 to 0.533)". */
export function decimalWithInterval(value: number, low: number, high: number): string {
  const digits = digitsOf(low, high);
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** A proportion with its 95% interval, in the digits that the interval bears out: "93.1% (89.2 to 95.7)". */
export function percentWithInterval(share: number, low: number, high: number): string {
  const digits = digitsOf(100 * low, 100 * high, 2);
  return `${(100 * share).toFixed(digits)}% (${(100 * low).toFixed(digits)} to ${(100 * high).toFixed(digits)})`;
}

/** A p value in two significant digits; what is smaller than a ten-thousandth is said to be. */
export const pValue = (p: number): string => (p < 0.0001 ? "<0.0001" : p.toPrecision(2));

/** A signed number: 0.05 -> "+0.050", -0.05 -> "−0.050". */
export const signed = (value: number, digits = 3): string =>
  `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

interface Estimate {
  mean?: number | null | undefined;
  low?: number | null | undefined;
  high?: number | null | undefined;
}

/** A mean with its interval where it has one, or "–" where there is none. */
export function estimate({ mean, low, high }: Estimate): string {
  return mean == null || low == null || high == null ? decimal(mean) : decimalWithInterval(mean, low, high);
}

/** A difference with its interval where it has one, or "–": "+0.012 (−0.003 to +0.027)". */
export function change({ mean, low, high }: Estimate): string {
  if (mean == null) return "–";
  if (low == null || high == null) return signed(mean);
  const digits = digitsOf(low, high);
  return `${signed(mean, digits)} (${signed(low, digits)} to ${signed(high, digits)})`;
}

/** What the finite number of samples adds to a value, in two digits; an estimate at or below 0 is noise of the estimate. */
export const biasSize = (bias: number): string =>
  bias > 0 ? `about ${bias.toLocaleString("en-GB", { maximumSignificantDigits: 2 })}` : "none found";

/** The same as a part of the value it stands beside. */
export const biasText = (bias: number): string =>
  bias > 0 ? `of which ${biasSize(bias)} is small-sample bias` : "no small-sample bias found";

/** A count with thin separators: 12345 -> "12,345". */
export const count = (value: number): string => value.toLocaleString("en-GB");

/** Bytes in the largest fitting unit: 1234567 -> "1.2 MB". */
export function bytes(size: number): string {
  for (const [unit, length] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const)
    if (size >= length) return `${(size / length).toFixed(1)} ${unit}`;
  return `${size} B`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
] as const;

/** How long ago, in the largest fitting unit: "3 min ago". */
export function ago(time: string | Date, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - new Date(time).getTime()) / 1000));
  for (const [unit, length] of UNITS) if (seconds >= length) return `${Math.floor(seconds / length)} ${unit} ago`;
  return seconds < 5 ? "just now" : `${seconds} s ago`;
}

/** A stretch of time in its two largest units: 3723 -> "1 h 2 min", 12.34 -> "12 s", 1.234 -> "1.2 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  for (const [i, [unit, length]] of UNITS.entries()) {
    if (whole < length) continue;
    const [smaller, size] = UNITS[i + 1] ?? ["s", 1];
    const rest = Math.floor((whole % length) / size);
    return `${Math.floor(whole / length)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
  }
  return `${whole} s`;
}
