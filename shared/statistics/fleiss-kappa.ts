/** Agreement beyond chance among raters who each put an item into one of several categories. */
export interface FleissKappa {
  /** 1 is perfect agreement, 0 that of chance; null where every rating is of one category, so that chance explains all */
  kappa: number | null;
  /** observed share of agreeing pairs of ratings */
  observed: number;
  /** share of agreeing pairs expected by chance */
  expected: number;
  /** items with at least two ratings */
  items: number;
}

/**
 * Fleiss' kappa. Items may have different numbers of ratings: an item's agreement then weighs as one item, as in Fleiss'
 * formula, and those with fewer than two ratings are left out, since no pair of raters agrees or disagrees on them.
 * @param counts [item][category], how many raters put the item into the category
 * @returns null without an item of two ratings
 * Source: Fleiss 1971; the example of its textbooks is in the test.
 */
export function fleissKappa(counts: readonly (readonly number[])[]): FleissKappa | null {
  const rated = counts.filter((item) => total(item) >= 2);
  if (rated.length === 0) return null;
  const agreement = rated.map((item) => {
    const n = total(item);
    return item.reduce((sum, count) => sum + count * (count - 1), 0) / (n * (n - 1));
  });
  const observed = total(agreement) / rated.length;
  const ratings = total(rated.map(total));
  const shares = (rated[0] ?? []).map((_, category) => total(rated.map((item) => item[category] ?? 0)) / ratings);
  const expected = shares.reduce((sum, share) => sum + share * share, 0);
  return {
    kappa: expected < 1 ? (observed - expected) / (1 - expected) : null,
    observed,
    expected,
    items: rated.length,
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
