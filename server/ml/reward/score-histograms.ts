import { type LogitHistogram, logitHistogram } from "../../../shared/statistics/logit-histogram.ts";
import type { RewardWeights } from "./rpl.ts";
import { RewardScorer } from "./score.ts";
import { heldOutRows, type RewardData } from "./training.ts";

/** What a model says of the rows it was trained on and of those it never saw. */
export interface ScoreHistograms {
  readonly trainProxy: LogitHistogram;
  readonly trainGenerated: LogitHistogram;
  readonly heldOutProxy: LogitHistogram;
  readonly heldOutGenerated: LogitHistogram;
}

/** Histograms of the logits of a model of one set of weights or several; null where there are no held-out rows. */
export async function scoreHistograms(
  members: readonly RewardWeights[],
  training: RewardData,
): Promise<ScoreHistograms | null> {
  const heldOut = heldOutRows(training);
  if (!heldOut) return null;
  const scorer = await RewardScorer.create(members, training);
  const of = async (rows: Float32Array) => logitHistogram((await scorer.score(rows)).logits);
  try {
    return {
      trainProxy: await of(training.positives),
      trainGenerated: await of(training.negatives),
      heldOutProxy: await of(heldOut.positives),
      heldOutGenerated: await of(heldOut.negatives),
    };
  } finally {
    await scorer.dispose();
  }
}
