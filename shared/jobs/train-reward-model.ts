import { z } from "zod";
import { RewardModelStrategy } from "../enums.ts";
import { LOGIT_GRID } from "../statistics/logit-histogram.ts";

export const TRAIN_REWARD_MODEL = "TRAIN_REWARD_MODEL";

/** Rank-based bootstrapping (section 3.1); why each default is what it is says server/ml/reward/bootstrapping.ts. */
export const bootstrapOptions = z.strictObject({
  /** M: pseudo-positives, and as many pseudo-negatives; null: a tenth of the proxy items, at most a tenth of the pool */
  m: z.number().int().min(1).max(1_000_000).nullable().default(null),
  /** y = exp(-alpha r) */
  alpha: z.number().positive().max(100).default(Math.LN2),
  /** rank of the best sample */
  rankFrom: z.literal([0, 1]).default(1),
  /** RAW: r = rank; NORMALISED: r = rank / M */
  rankScale: z.enum(["RAW", "NORMALISED"]).default("NORMALISED"),
  /** the M lowest, or M of those below the top M drawn by the seed */
  pseudoNegatives: z.enum(["LOWEST", "RANDOM"]).default("LOWEST"),
});
export type BootstrapSettings = z.output<typeof bootstrapOptions>;

/**
 * How an RPL is trained. The paper gives batch size 8 x 2 and 500 warm-up steps without saying whether that is the reward
 * model's or the generator's training (section 4.1); these defaults train an RPL of 1,000 features in seconds on 2 cores.
 */
export const hyperparameters = z
  .strictObject({
    steps: z.number().int().min(1).max(1_000_000).default(300),
    batchSize: z
      .number()
      .int()
      .min(4)
      .max(4096)
      .multipleOf(2, "must be even: half of a batch is proxy data")
      .default(64),
    learningRate: z.number().positive().max(1).default(5e-4),
    weightDecay: z.number().min(0).max(10).default(0.01),
    warmupSteps: z.number().int().min(0).default(30),
    dropout: z.number().min(0).max(0.9).default(0.2),
    /** c: weights kept at regular steps of the run, for AVERAGE and VOTING; null: 4, fewer in a run of fewer steps */
    snapshots: z.number().int().min(1).max(64).nullable().default(null),
    /** steps between evaluations of the held-out loss; null: 20 evaluations in a run */
    evaluateEverySteps: z.number().int().min(1).max(1_000_000).nullable().default(null),
    /** stop after this many evaluations without a lower held-out loss, and keep the weights of the lowest; null: never */
    earlyStoppingPatience: z.number().int().min(1).max(1000).nullable().default(null),
    /** proxy images are noised so far, in (0, 1), and drawn again by the round's policy, which carries weights; null: as they are */
    passThroughNoise: z.number().gt(0).lt(1).nullable().default(null),
    /** of the strategy BOOTSTRAP; null: the defaults, or another strategy */
    bootstrap: bootstrapOptions.nullable().default(null),
  })
  .refine(({ snapshots, steps }) => (snapshots ?? 1) <= steps, {
    path: ["snapshots"],
    message: "must not be more than the steps",
  });
export type Hyperparameters = z.output<typeof hyperparameters>;

export const trainRewardModelInput = z.object({
  rewardModelId: z.uuid(),
  encoder: z.string(),
  seed: z.number().int(),
  /** jobs from before it was asked for are NAIVE */
  strategy: z.enum(RewardModelStrategy).default(RewardModelStrategy.NAIVE),
  hyperparameters,
});
export type TrainRewardModelInput = z.output<typeof trainRewardModelInput>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const share = z.number().min(0).max(1);

/** One bar of a reliability diagram: of the held-out items scored in [from, to), how many and what they are. */
export const reliabilityBin = z.object({
  from: share,
  to: share,
  n: z.number().int().min(0),
  /** null when the bin is empty */
  meanScore: share.nullable(),
  positiveShare: share.nullable(),
});

/** A point of a ROC curve; `threshold` is a logit, null where nothing is called positive. */
export const rocPoint = z.object({
  threshold: z.number().nullable(),
  falsePositiveRate: share,
  truePositiveRate: share,
});

/** A histogram of logits on the grid of shared/statistics/logit-histogram.ts. */
const histogram = z.object({
  n: z.number().int().min(0),
  meanLogit: z.number().nullable(),
  counts: z.array(z.number().int().min(0)).length(LOGIT_GRID.bins),
});

export const trainRewardModelResult = z.object({
  /** RPL weights, safetensors; of a VOTING model those of all snapshots */
  weightsSha256: sha256,
  /** ONNX: features -> score */
  onnxSha256: sha256,
  /** ONNX: image -> score */
  imageOnnxSha256: sha256,
  /** the registered run that the model was made of; of a BOOTSTRAP model its first stage */
  runKey: sha256,
  /** optimiser steps done; fewer than asked for when it stopped early */
  trainedSteps: z.number().int().min(1),
  /** step whose weights were kept: the last, or with early stopping that of the lowest held-out loss */
  keptStep: z.number().int().min(1),
  /** what a BOOTSTRAP model's second stage was given; null for the others */
  bootstrap: z.object({ pool: z.number().int().min(2), m: z.number().int().min(1) }).nullable(),
  heldOut: z.object({
    auc: share,
    /** 95% interval of the AUC */
    aucLow: share,
    aucHigh: share,
    accuracy: share,
    ece: share,
    brier: share,
    n: z.number().int(),
    reliability: z.array(reliabilityBin).max(100),
    roc: z.array(rocPoint).max(1000),
  }),
  /** what the model says of the rows it was trained on and of those it never saw */
  scoreHistograms: z.object({
    trainProxy: histogram,
    trainGenerated: histogram,
    heldOutProxy: histogram,
    heldOutGenerated: histogram,
  }),
});
export type TrainRewardModelResult = z.output<typeof trainRewardModelResult>;
