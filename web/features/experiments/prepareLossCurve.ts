/** What the loss chart draws: the mean of each stretch of steps and the band between its lowest and highest value. */
export interface LossPoint {
  step: number;
  mean: number;
  band: [number, number];
}

/** One point a bucket, at its middle step. */
export function prepareLossCurve(
  buckets: readonly { fromStep: number; toStep: number; min: number; max: number; mean: number }[],
): LossPoint[] {
  return buckets.map(({ fromStep, toStep, min, max, mean }) => ({
    step: Math.round((fromStep + toStep) / 2),
    mean,
    band: [min, max],
  }));
}
