import { z } from "zod";

export const GENERATE_SAMPLES = "GENERATE_SAMPLES";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A model in diffusers' layout, as a path below the workers' GANRM_POLICIES_DIR, which it must not lead out of. */
export const policyFolder = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(500)
  .refine((path) => !/^[/\\]|^[a-z]:|\\/i.test(path) && path.split("/").every((part) => part !== ".." && part !== ""), {
    message: "must be a path below the workers' folder of policies, such as stable-diffusion-v1-5",
  });

/** What a worker draws with: weights of the embedded generator, or a folder below its GANRM_POLICIES_DIR. */
export const policySource = z.union([z.object({ weightsSha256: sha256 }), z.object({ folder: policyFolder })]);
export type PolicyFiles = z.output<typeof policySource>;

/** What may be chosen of how a policy draws; null: as the policy itself has it. */
export const samplingChoice = z.object({
  /** integration steps */
  steps: z.number().int().min(1).max(1000).nullable().default(null),
  /** weight of classifier-free guidance; 1: none */
  guidance: z.number().min(0).max(100).nullable().default(null),
  scheduler: z.string().trim().min(1).max(100).nullable().default(null),
});
export type SamplingChoice = z.output<typeof samplingChoice>;

export const generateSamplesInput = z.object({
  roundId: z.uuid(),
  source: policySource,
  /** of which prompts; null: all */
  promptTag: z.string().nullable(),
  /** k from kFrom to kTo - 1 */
  kFrom: z.number().int().min(0),
  kTo: z.number().int().min(1),
  /** the seed of a sample follows from this, its prompt and k, and from nothing of the round: rounds are paired by it */
  seed: z.number().int().min(0),
  ...samplingChoice.shape,
});
export type GenerateSamplesInput = z.output<typeof generateSamplesInput>;

export const generateSamplesResult = z.object({
  /** images that this job drew, in all its attempts; the others were there */
  drawn: z.number().int().min(0),
  /** as it was drawn, nothing left open but the name of a scheduler where the policy knows one alone */
  sampling: z.object({
    /** kind of generator, such as flow-32 */
    generator: z.string().min(1).max(500),
    imageSize: z.number().int().min(1),
    steps: z.number().int().min(1),
    guidance: z.number(),
    scheduler: z.string().nullable(),
  }),
});
export type GenerateSamplesResult = z.output<typeof generateSamplesResult>;
