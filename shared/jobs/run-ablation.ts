import { z } from "zod";
import { hyperparameters } from "./train-reward-model.ts";

export const RUN_ABLATION = "RUN_ABLATION";

/**
 * One group of an ablation's cells: those that share a base run, so the same encoder, N and seed. What it is trained and judged
 * on, and which of its cells are done, the worker asks for (`ablationGroup`).
 */
export const runAblationInput = z.object({
  ablationId: z.uuid(),
  roundId: z.uuid(),
  encoder: z.string(),
  n: z.number().int(),
  seed: z.number().int(),
  hyperparameters,
});
export type RunAblationInput = z.output<typeof runAblationInput>;

export const runAblationResult = z.object({
  /** cells that this attempt recorded; the others of the group were done before */
  recorded: z.number().int().min(0),
});
export type RunAblationResult = z.output<typeof runAblationResult>;
