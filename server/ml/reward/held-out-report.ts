import { accuracy, auc, expectedCalibrationError, type RocPoint, rocCurve } from "../metrics/classification.ts";
import type { RewardWeights } from "./rpl.ts";
import { RewardScorer } from "./score.ts";
import { heldOutRows, type RewardData } from "./training.ts";

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  /** [from, to), the last bin closed */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** null when empty */
  readonly meanScore: number | null;
  /** share of positives; null when empty */
  readonly positiveShare: number | null;
}

/** How well a reward model tells rows apart that it never saw. */
export interface HeldOutReport {
  /** of the logits, which do not saturate to ties */
  readonly auc: number;
  /** 95 % interval of the AUC (Hanley and McNeil 1982), within [0, 1]; a point at AUC 0 and 1 */
  readonly aucInterval: readonly [number, number];
  /** share of rows on the right side of score 0.5 */
  readonly accuracy: number;
  /** expected calibration error, 15 bins */
  readonly ece: number;
  /** Brier score: mean squared distance of score and label, in [0, 1]; 0.25 for who always says 0.5 */
  readonly brier: number;
  readonly reliability: readonly ReliabilityBin[];
  /** of the logits; 201 points at most */
  readonly roc: readonly RocPoint[];
  readonly positives: number;
  readonly negatives: number;
  readonly n: number;
}

interface Scored {
  readonly logits: Float32Array;
  readonly scores: Float32Array;
}

/** The report of a model of one set of weights or several on a training's held-out rows; null where it has none. */
export async function measureHeldOut(
  members: readonly RewardWeights[],
  training: RewardData,
): Promise<HeldOutReport | null> {
  const heldOut = heldOutRows(training);
  if (!heldOut) return null;
  const scorer = await RewardScorer.create(members, training);
  try {
    return heldOutReport(await scorer.score(heldOut.positives), await scorer.score(heldOut.negatives));
  } finally {
    await scorer.dispose();
  }
}

/** Throws where a class is empty or a score is no number. */
export function heldOutReport(positives: Scored, negatives: Scored): HeldOutReport {
  const labels = [...positives.scores].map(() => 1).concat([...negatives.scores].map(() => 0));
  const scores = [...positives.scores, ...negatives.scores];
  const logits = [...positives.logits, ...negatives.logits];
  const area = auc({ scores: logits, labels });
  const counts = { positives: positives.scores.length, negatives: negatives.scores.length };
  return {
    auc: area,
    aucInterval: aucInterval(area, counts),
    accuracy: accuracy({ scores, labels }),
    ece: expectedCalibrationError({ scores, labels }),
    brier: scores.reduce((sum, score, i) => sum + (score - (labels[i] ?? 0)) ** 2, 0) / scores.length,
    reliability: reliabilityBins({ scores, labels }),
    roc: rocCurve({ scores: logits, labels }),
    ...counts,
    n: scores.length,
  };
}

/** Bins of equal width over [0, 1], as the calibration error has them. */
function reliabilityBins(predictions: { scores: number[]; labels: number[] }, bins = 15): ReliabilityBin[] {
  const members = Array.from({ length: bins }, () => ({ scores: 0, positives: 0, n: 0 }));
  for (const [i, score] of predictions.scores.entries()) {
    const bin = members[Math.min(bins - 1, Math.floor(score * bins))];
    if (!bin) throw new RangeError(`${score} is not a probability.`);
    bin.n += 1;
    bin.scores += score;
    bin.positives += predictions.labels[i] ?? 0;
  }
  return members.map(({ n, scores, positives }, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    n,
    meanScore: n === 0 ? null : scores / n,
    positiveShare: n === 0 ? null : positives / n,
  }));
}

/** 95 % by the standard error of Hanley and McNeil (1982). */
function aucInterval(area: number, counts: { positives: number; negatives: number }): [number, number] {
  const { positives, negatives } = counts;
  const q1 = area / (2 - area) - area * area;
  const q2 = (2 * area * area) / (1 + area) - area * area;
  const spread = area * (1 - area) + (positives - 1) * q1 + (negatives - 1) * q2;
  const half = 1.959964 * Math.sqrt(Math.max(0, spread) / (positives * negatives));
  return [Math.max(0, area - half), Math.min(1, area + half)];
}
