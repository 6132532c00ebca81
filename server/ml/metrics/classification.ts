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
