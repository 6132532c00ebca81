/** A proportion as a percentage with one decimal: 0.9312 -> "93.1%". */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** A number to three decimals, or "–" where there is none: a missing value is never shown as zero. */
export const decimal = (value: number | null | undefined, digits = 3): string =>
  value == null ? "–" : value.toFixed(digits);

/** A proportion with its 95% interval: "93.1% (89.2 to 95.7)". */
export const percentWithInterval = (share: number, low: number, high: number): string =>
  `${percent(share)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

/** A count with thin separators: 12345 -> "12,345". */
export const count = (value: number): string => value.toLocaleString("en-GB");

/** How long ago, in the largest fitting unit: "3 min ago". */
export function ago(time: string | Date, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - new Date(time).getTime()) / 1000));
  for (const [unit, length] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
  ] as const)
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit} ago`;
  return seconds < 5 ? "just now" : `${seconds} s ago`;
}
