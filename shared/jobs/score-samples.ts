import { z } from "zod";

export const SCORE_SAMPLES = "SCORE_SAMPLES";

export const scoreSamplesInput = z.object({
  roundId: z.uuid(),
  rewardModelId: z.uuid(),
  encoder: z.string(),
  weightsSha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ScoreSamplesInput = z.output<typeof scoreSamplesInput>;

export const scoreSamplesResult = z.object({ scored: z.number().int().min(0) });
export type ScoreSamplesResult = z.output<typeof scoreSamplesResult>;
