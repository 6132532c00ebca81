import { z } from "zod";

export const TRAIN_REWARD_MODEL = "TRAIN_REWARD_MODEL";

/**
 * How an RPL is trained. The paper gives batch size 8 x 2 and 500 warm-up steps without saying whether that is the reward
 * model's or the generator's training (section 4.1); these defaults train an RPL of 1,000 features in seconds on 2 cores.
 */
export const hyperparameters = z.strictObject({
  steps: z.number().int().min(1).max(1_000_000).default(300),
  batchSize: z.number().int().min(4).max(4096).multipleOf(2, "must be even: half of a batch is proxy data").default(64),
  learningRate: z.number().positive().max(1).default(5e-4),
  weightDecay: z.number().min(0).max(10).default(0.01),
  warmupSteps: z.number().int().min(0).default(30),
  dropout: z.number().min(0).max(0.9).default(0.2),
  /** steps between evaluations of the held-out loss; null: 20 evaluations in a run */
  evaluateEverySteps: z.number().int().min(1).max(1_000_000).nullable().default(null),
  /** stop after this many evaluations without a lower held-out loss, and keep the weights of the lowest; null: never */
  earlyStoppingPatience: z.number().int().min(1).max(1000).nullable().default(null),
});
export type Hyperparameters = z.output<typeof hyperparameters>;

export const trainRewardModelInput = z.object({
  rewardModelId: z.uuid(),
  encoder: z.string(),
  seed: z.number().int(),
  hyperparameters,
});
export type TrainRewardModelInput = z.output<typeof trainRewardModelInput>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const trainRewardModelResult = z.object({
  /** RPL weights, safetensors */
  weightsSha256: sha256,
  /** ONNX: features -> score */
  onnxSha256: sha256,
  /** ONNX: image -> score */
  imageOnnxSha256: sha256,
  /** optimiser steps done; fewer than asked for when it stopped early */
  trainedSteps: z.number().int().min(1),
  /** step whose weights were kept: the last, or with early stopping that of the lowest held-out loss */
  keptStep: z.number().int().min(1),
  heldOut: z.object({ auc: z.number(), accuracy: z.number(), ece: z.number(), n: z.number().int() }),
});
export type TrainRewardModelResult = z.output<typeof trainRewardModelResult>;
