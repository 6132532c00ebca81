import { z } from "zod";
import { RewardModelStrategy } from "../../shared/enums.ts";
import { samplingChoice } from "../../shared/jobs/generate-samples.ts";
import { hyperparameters } from "../../shared/jobs/train-reward-model.ts";

const tag = z.string().trim().min(1, "must not be empty").max(100);

/** What a run is asked for beside what its experiment says. */
export const runSettings = z.object({
  /** prompts that reward models and policies are trained on */
  trainTag: tag.default("train"),
  /** prompts that rounds are measured on; nothing is ever trained on them */
  evalTag: tag.default("eval"),
  sampling: samplingChoice.prefault({}),
  rewardModel: z
    .object({
      /** null: as trainRewardModel chooses */
      strategy: z.enum(RewardModelStrategy).nullable().default(null),
      hyperparameters: hyperparameters.prefault({}),
    })
    .prefault({}),
  postTraining: z
    .object({
      /** as of fineTunePolicy; checked when the run is asked for */
      hyperparameters: z.record(z.string(), z.unknown()).default({}),
      /** of SFT */
      picksPerPrompt: z.number().int().min(1).max(1000).nullable().default(null),
    })
    .prefault({}),
  /** null: all planned rounds, whatever is measured */
  earlyStopping: z
    .object({
      /** rounds in a row whose KID is not below that of every round before */
      patience: z.number().int().min(1).max(100).default(1),
    })
    .nullable()
    .default(null),
  /** a trained reward model of any round; null: one more of round 1, with a seed of its own */
  judgeId: z.uuid("must be a reward model's id").toLowerCase().nullable().default(null),
  /** beside FD, KID, diversity and fidelity of the experiment's encoder */
  metrics: z.array(z.string().trim().min(1).max(200)).max(40).default([]),
  resamples: z.number().int().min(0).max(10_000).default(200),
});
export type RunSettings = z.output<typeof runSettings>;
