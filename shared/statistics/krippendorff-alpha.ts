/** How far apart two values are, by the level of measurement. */
const DISTANCES = {
  nominal: (a: number, b: number) => Number(a !== b),
  interval: (a: number, b: number) => (a - b) ** 2,
} as const;

/**
 * Krippendorff's alpha: agreement beyond chance for any number of raters, with missing ratings. 1 is perfect agreement, 0
 * that of chance, below 0 systematic disagreement.
 * @param ratings [rater][unit], null where a rater did not rate the unit
 * @returns null where no unit has two ratings, or where all ratings are equal: there is nothing to tell apart
 * Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability"; its example is in the test.
 */
export function krippendorffAlpha(
  ratings: readonly (readonly (number | null)[])[],
  level: keyof typeof DISTANCES,
): number | null {
  const distance = DISTANCES[level];
  const units = Math.max(0, ...ratings.map((rater) => rater.length));
  const pairable = Array.from({ length: units }, (_, unit) =>
    ratings.map((rater) => rater[unit] ?? null).filter((rating) => rating !== null),
  ).filter((values) => values.length >= 2);
  const all = pairable.flat();
  const observed = pairable.reduce((sum, values) => sum + disagreement(values, distance) / (values.length - 1), 0);
  const expected = disagreement(all, distance) / (all.length - 1);
  return all.length > 0 && expected > 0 ? 1 - observed / expected : null;
}

/** Sum of distances over all ordered pairs; values are few, so they are counted first. */
function disagreement(values: readonly number[], distance: (a: number, b: number) => number): number {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, same]) => [value, same.length] as const);
  let sum = 0;
  for (const [a, times] of counts) for (const [b, others] of counts) sum += times * others * distance(a, b);
  return sum;
}
