/** How well a probability tells positives from negatives. All functions take scores in [0, 1] per class. */
export interface ReliabilityBin {
  /** [from, to), the last bin closed */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** mean score in the bin; null when empty */
  readonly meanScore: number | null;
  /** share of positives in the bin; null when empty */
  readonly positiveShare: number | null;
}

export interface ClassificationReport {
  readonly auc: number;
  /** 95 % interval of the AUC (Hanley and McNeil 1982), within [0, 1] */
  readonly aucInterval: readonly [number, number];
  /** share of rows on the right side of 0.5 (0.5 itself counts as positive) */
  readonly accuracy: number;
  /** expected calibration error, 15 bins */
  readonly ece: number;
  readonly reliability: readonly ReliabilityBin[];
  readonly positives: number;
  readonly negatives: number;
  readonly n: number;
}

/** Throws where a class is empty or a score is not a number. */
export function classificationReport(
  positiveScores: ArrayLike<number>,
  negativeScores: ArrayLike<number>,
): ClassificationReport {
  const auc = areaUnderRoc(positiveScores, negativeScores);
  const reliability = reliabilityBins(positiveScores, negativeScores);
  const positives = positiveScores.length;
  const negatives = negativeScores.length;
  const right = count(positiveScores, (score) => score >= 0.5) + count(negativeScores, (score) => score < 0.5);
  return {
    auc,
    aucInterval: aucInterval(auc, positives, negatives),
    accuracy: right / (positives + negatives),
    ece: expectedCalibrationError(reliability),
    reliability,
    positives,
    negatives,
    n: positives + negatives,
  };
}

/**
 * Probability that a random positive scores above a random negative, a tie counting half (Mann-Whitney U / (n+ n-)).
 * 0.5 for an undecided model. O(n log n).
 */
export function areaUnderRoc(positiveScores: ArrayLike<number>, negativeScores: ArrayLike<number>): number {
  const positives = Float64Array.from(positiveScores).sort();
  const negatives = Float64Array.from(negativeScores).sort();
  if (positives.length === 0 || negatives.length === 0) throw new Error("AUC needs at least one row of each class.");
  if (positives.some(Number.isNaN) || negatives.some(Number.isNaN))
    throw new Error("AUC of scores that are not numbers.");
  let below = 0;
  let notAbove = 0;
  let wins = 0;
  for (const score of positives) {
    while (below < negatives.length && (negatives[below] ?? 0) < score) below++;
    while (notAbove < negatives.length && (negatives[notAbove] ?? 0) <= score) notAbove++;
    wins += (below + notAbove) / 2;
  }
  return wins / (positives.length * negatives.length);
}

/** Bins of equal width over [0, 1]. */
export function reliabilityBins(
  positiveScores: ArrayLike<number>,
  negativeScores: ArrayLike<number>,
  bins = 15,
): ReliabilityBin[] {
  const totals = Array.from({ length: bins }, () => ({ n: 0, scores: 0, positives: 0 }));
  const take = (scores: ArrayLike<number>, positive: number): void => {
    for (const score of Array.from(scores)) {
      const bin = totals[Math.min(bins - 1, Math.floor(score * bins))];
      if (!bin) throw new Error(`A score of ${score} is not in [0, 1].`);
      bin.n += 1;
      bin.scores += score;
      bin.positives += positive;
    }
  };
  take(positiveScores, 1);
  take(negativeScores, 0);
  return totals.map(({ n, scores, positives }, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    n,
    meanScore: n === 0 ? null : scores / n,
    positiveShare: n === 0 ? null : positives / n,
  }));
}

/** Mean over rows of |share of positives - mean score| of the row's bin (Naeini et al. 2015, positive-class form). */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  const gaps = bins.map((bin) => bin.n * Math.abs((bin.positiveShare ?? 0) - (bin.meanScore ?? 0)));
  return n === 0 ? 0 : gaps.reduce((sum, gap) => sum + gap, 0) / n;
}

/** 95 % by the standard error of Hanley and McNeil (1982); narrow to a fault at AUC 0 and 1, where it is a point. */
function aucInterval(auc: number, positives: number, negatives: number): [number, number] {
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc * auc) / (1 + auc);
  const spread = auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc);
  const half = 1.959964 * Math.sqrt(Math.max(0, spread) / (positives * negatives));
  return [Math.max(0, auc - half), Math.min(1, auc + half)];
}

function count(scores: ArrayLike<number>, test: (score: number) => boolean): number {
  return Array.from(scores).filter(test).length;
}
