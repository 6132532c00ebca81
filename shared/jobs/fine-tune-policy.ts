import { z } from "zod";
import { DPO_DEFAULTS, SFT_DEFAULTS } from "./fine-tune-hyperparameters.ts";
import { policyFolder, policySource } from "./generate-samples.ts";

/** Leased by the lab's own workers, which train the embedded generator. */
export const FINETUNE_POLICY = "FINETUNE_POLICY";
/** The same contract, leased by a process of somebody else's, which trains whatever the policy is. */
export const FINETUNE_POLICY_EXTERNALLY = "FINETUNE_POLICY_EXTERNALLY";

const ofTraining = (defaults: Record<"steps" | "batch" | "learningRate" | "ema" | "realShare", number>) => ({
  steps: z.number().int().min(1).max(1_000_000).default(defaults.steps),
  batch: z.number().int().min(1).max(4096).default(defaults.batch),
  learningRate: z.number().positive().max(1).default(defaults.learningRate),
  ema: z.number().min(0).lt(1).default(defaults.ema),
  realShare: z.number().min(0).lt(1).default(defaults.realShare),
});

/** What each means says `fine-tune-hyperparameters.ts`. */
export const sftHyperparameters = z.strictObject(ofTraining(SFT_DEFAULTS));
export const dpoHyperparameters = z.strictObject({
  ...ofTraining(DPO_DEFAULTS),
  beta: z.number().positive().max(1_000_000).default(DPO_DEFAULTS.beta),
});

const method = z.discriminatedUnion("method", [
  z.object({ method: z.literal("SFT"), hyperparameters: sftHyperparameters }),
  z.object({ method: z.literal("DPO"), hyperparameters: dpoHyperparameters }),
]);
export type FineTuneMethod = z.output<typeof method>;

/** What the policy is trained on, the worker asks for (`policy { fineTuningSet }`). */
export const fineTunePolicyInput = z
  .object({
    /** the new policy, which gets the weights */
    policyId: z.uuid(),
    roundId: z.uuid(),
    rewardModelId: z.uuid(),
    /** G^t, which is trained on; null: known to the external process alone */
    source: policySource.nullable(),
    seed: z.number().int().min(0),
  })
  .and(method);
export type FineTunePolicyInput = z.output<typeof fineTunePolicyInput>;

const count = z.number().int().min(0);
export const fineTunePolicyResult = z
  .object({
    /** uploaded as an artifact of kind MODEL */
    weightsSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
      .optional(),
    /** instead: a model in diffusers' layout that an external process has put where the lab's workers look for policies */
    folder: policyFolder.optional(),
    /** what it was trained on */
    trained: z.object({ images: count, pairs: count, real: count }),
  })
  .refine(({ weightsSha256, folder }) => (weightsSha256 === undefined) !== (folder === undefined), {
    path: ["weightsSha256"],
    message: "or folder must be given, and not both",
  });
export type FineTunePolicyResult = z.output<typeof fineTunePolicyResult>;
