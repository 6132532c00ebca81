/** Which way is better, in words. */
export const directionNote = (direction: "HIGHER" | "LOWER"): string =>
  direction === "HIGHER" ? "higher is better" : "lower is better";

/** A little room around an extent; around a single value, some on either side. */
export function domainOf([low, high]: readonly [number, number]): [number, number] {
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}
