/** What a sample is to its reward model. */
export type Choice = "chosen" | "rejected" | null;

interface Scored {
  score?: { score: number; rank?: number | null } | null;
  k: number;
}

export interface Placed<S> {
  sample: S;
  choice: Choice;
}

/** A prompt's samples best first (by k while there are no ranks), the best and the worst marked (section 3.3). */
export function prepareRow<S extends Scored>(samples: readonly S[]): Placed<S>[] {
  const rank = (sample: S) => sample.score?.rank ?? Number.POSITIVE_INFINITY;
  const sorted = [...samples].sort((a, b) => (rank(a) === rank(b) ? a.k - b.k : rank(a) - rank(b)));
  const last = sorted.length;
  const choiceOf = (sample: S): Choice => {
    if (last < 2 || !sample.score?.rank) return null;
    if (sample.score.rank === 1) return "chosen";
    return sample.score.rank === last ? "rejected" : null;
  };
  return sorted.map((sample) => ({ sample, choice: choiceOf(sample) }));
}

/** The row with its middle left out where it is longer than `most`: the best ones and the worst one stay. */
export function abridge<T>(row: readonly T[], most: number): { shown: T[]; hidden: number } {
  if (row.length <= most) return { shown: [...row], hidden: 0 };
  return { shown: [...row.slice(0, most - 1), ...row.slice(-1)], hidden: row.length - most };
}

/** The two samples to begin a comparison with: those asked for, else the best and the worst. */
export function sidesOf<S extends Scored>(
  row: readonly Placed<S>[],
  wanted: { left: string | null; right: string | null },
): { left: Placed<S> | undefined; right: Placed<S> | undefined } {
  const byK = (k: string | null) => (k === null ? undefined : row.find(({ sample }) => String(sample.k) === k));
  const left = byK(wanted.left) ?? row[0];
  return { left, right: byK(wanted.right) ?? row.filter((placed) => placed !== left).at(-1) };
}

/**
 * The two samples to begin a comparison of two rounds with: of the same k, and so of the same noise, unless others are asked
 * for. A round that has no such sample, or has not come yet, gives undefined.
 */
export function sidesAcross<S extends Scored>(
  { left, right }: { left: readonly Placed<S>[]; right: readonly Placed<S>[] },
  wanted: { left: string | null; right: string | null },
): { left: Placed<S> | undefined; right: Placed<S> | undefined } {
  const of = (row: readonly Placed<S>[], k: string) => row.find(({ sample }) => String(sample.k) === k);
  const k = wanted.left ?? wanted.right ?? String((left[0] ?? right[0])?.sample.k);
  return { left: of(left, k), right: of(right, wanted.right ?? k) };
}
