/**
 * Quality of a binary classifier. `labels`: 1 positive (proxy data), 0 negative (generated), beside each score.
 * All throw where the lengths differ or nothing is given.
 */
export interface Predictions {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/**
 * Area under the ROC curve in [0, 1]: the chance that a positive scores above a negative, a tie counting half (mid-ranks,
 * Mann-Whitney U). Any monotone score will do; logits are better than probabilities, which saturate to ties.
 * Throws without at least one of each class.
 */
export function auc({ scores, labels }: Predictions): number {
  const items = paired({ scores, labels }).toSorted((a, b) => a.score - b.score);
  const positives = items.filter((item) => item.positive).length;
  const negatives = items.length - positives;
  if (positives === 0 || negatives === 0) throw new RangeError("AUC needs at least one positive and one negative.");
  let rankSum = 0;
  for (let start = 0; start < items.length; ) {
    let end = start;
    let tiedPositives = 0;
    for (; items[end]?.score === items[start]?.score && end < items.length; end++) {
      if (items[end]?.positive) tiedPositives += 1;
    }
    rankSum += (tiedPositives * (start + 1 + end)) / 2; // ranks start+1 .. end, their middle
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** One threshold of a ROC curve: what is called positive whose score is at least the threshold. */
export interface RocPoint {
  /** null at (0, 0), where nothing is called positive */
  readonly threshold: number | null;
  /** share of negatives called positive, in [0, 1] */
  readonly falsePositiveRate: number;
  /** share of positives called positive, in [0, 1] */
  readonly truePositiveRate: number;
}

/**
 * ROC curve from (0, 0) to (1, 1), a point for each distinct score, so that straight lines between them have the area `auc`.
 * Of more than `most` points those are kept that lie nearest to equal steps along the curve, both ends among them; the
 * length of any such curve, measured as rise plus run, is 2.
 * Throws without at least one of each class.
 */
export function rocCurve({ scores, labels }: Predictions, most = 201): RocPoint[] {
  const items = paired({ scores, labels }).toSorted((a, b) => b.score - a.score);
  const positives = items.filter((item) => item.positive).length;
  const negatives = items.length - positives;
  if (positives === 0 || negatives === 0)
    throw new RangeError("A ROC curve needs at least one positive and one negative.");
  const points: RocPoint[] = [{ threshold: null, falsePositiveRate: 0, truePositiveRate: 0 }];
  let [found, wrong] = [0, 0];
  for (const [i, { score, positive }] of items.entries()) {
    if (positive) found += 1;
    else wrong += 1;
    if (items[i + 1]?.score !== score)
      points.push({ threshold: score, falsePositiveRate: wrong / negatives, truePositiveRate: found / positives });
  }
  return points.length <= most ? points : evenly(points, most);
}

function evenly(points: readonly RocPoint[], most: number): RocPoint[] {
  const kept: RocPoint[] = [];
  const along = ({ falsePositiveRate, truePositiveRate }: RocPoint) => falsePositiveRate + truePositiveRate;
  let next = 0;
  for (const point of points) {
    if (along(point) < (2 * next) / (most - 1) - 1e-12) continue;
    kept.push(point);
    next = Math.floor((along(point) * (most - 1)) / 2 + 1e-9) + 1;
  }
  return kept;
}

/** Share of items on the right side of probability 0.5, in [0, 1]; exactly 0.5 counts as a negative. */
export function accuracy(predictions: Predictions): number {
  const items = paired(predictions);
  return items.filter((item) => item.score > 0.5 === item.positive).length / items.length;
}

/**
 * Expected calibration error in [0, 1]: over equal-width bins of the predicted probability, the mean distance between the
 * mean prediction and the share of positives, weighted by the items in the bin. Source: Naeini et al. 2015, in the form
 * for the probability of the positive class. 0 for a calibrated model; biased upwards for few items.
 */
export function expectedCalibrationError(predictions: Predictions, bins = 15): number {
  const items = paired(predictions);
  const excess = new Float64Array(bins);
  for (const { score, positive } of items) {
    if (!(score >= 0 && score <= 1)) throw new RangeError(`${score} is not a probability.`);
    const bin = Math.min(bins - 1, Math.floor(score * bins));
    excess[bin] = (excess[bin] ?? 0) + score - Number(positive);
  }
  return excess.reduce((sum, difference) => sum + Math.abs(difference), 0) / items.length;
}

function paired({ scores, labels }: Predictions): { score: number; positive: boolean }[] {
  if (scores.length === 0 || scores.length !== labels.length) {
    throw new RangeError(`${scores.length} scores and ${labels.length} labels do not make predictions.`);
  }
  return Array.from(scores, (score, i) => {
    if (Number.isNaN(score)) throw new RangeError("A score is not a number.");
    return { score, positive: labels[i] === 1 };
  });
}
