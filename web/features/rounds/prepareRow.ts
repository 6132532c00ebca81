/** What a sample is to its reward model. */
export type Choice = "chosen" | "rejected" | null;

interface Scored {
  score?: { score: number; rank?: number | null } | null;
  k: number;
}

/** A prompt's samples best first (by k while there are no ranks), the best and the worst marked (section 3.3). */
export function prepareRow<S extends Scored>(samples: readonly S[]): { sample: S; choice: Choice }[] {
  const rank = (sample: S) => sample.score?.rank ?? Number.POSITIVE_INFINITY;
  const sorted = [...samples].sort((a, b) => (rank(a) === rank(b) ? a.k - b.k : rank(a) - rank(b)));
  const last = sorted.length;
  return sorted.map((sample) => ({
    sample,
    choice:
      last < 2 || !sample.score?.rank
        ? null
        : sample.score.rank === 1
          ? "chosen"
          : sample.score.rank === last
            ? "rejected"
            : null,
  }));
}
