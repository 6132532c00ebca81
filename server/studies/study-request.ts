import { z } from "zod";
import { ArmSelection } from "../../shared/enums.ts";

const text = (most: number) => z.string().trim().min(1, "must not be empty").max(most);
const id = (what: string) => z.uuid(`must be a ${what}'s id`).toLowerCase();

const arm = z
  .object({
    name: text(100),
    roundId: id("round"),
    selection: z.enum(ArmSelection).default(ArmSelection.SAMPLE),
    k: z.number().int().min(0, "must not be negative").max(999).nullish(),
    rewardModelId: id("reward model").nullish(),
  })
  .superRefine(({ selection, k, rewardModelId }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
    if (selection === ArmSelection.SAMPLE && rewardModelId) refuse("rewardModelId", "is of BEST_OF_K alone");
    if (selection === ArmSelection.BEST_OF_K && !rewardModelId) refuse("rewardModelId", "is needed for BEST_OF_K");
    if (selection === ArmSelection.BEST_OF_K && k != null && k < 1) refuse("k", "must be at least 1 for BEST_OF_K");
  })
  .transform(({ selection, k, rewardModelId, ...others }) => ({
    ...others,
    selection,
    k: k ?? (selection === ArmSelection.SAMPLE ? 0 : null),
    rewardModelId: rewardModelId ?? null,
  }));

const positions = z
  .array(z.number().int().min(0))
  .min(1, "must name a prompt")
  .max(5000, "must name at most 5000 prompts")
  .refine((all) => new Set(all).size === all.length, "must not name a prompt twice");

/** A study as it is asked for, the defaults filled in. */
export const studyRequest = z
  .object({
    name: text(200),
    arms: z
      .array(arm)
      .min(2, "must hold at least two arms")
      .max(10, "must hold at most 10 arms")
      .refine((arms) => new Set(arms.map(({ name }) => name)).size === arms.length, "must have different names"),
    question: text(500).default("Which image do you prefer?"),
    instructions: z.string().max(10_000).default(""),
    promptTag: text(100)
      .nullish()
      .transform((tag) => tag ?? null),
    promptPositions: positions.nullish().transform((all) => all ?? null),
    promptCount: z
      .number()
      .int()
      .min(1)
      .max(5000)
      .nullish()
      .transform((count) => count ?? null),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    votesPerItem: z.number().int().min(1).max(10_000).default(14),
    itemsPerParticipant: z
      .number()
      .int()
      .min(1)
      .max(5000)
      .nullish()
      .transform((count) => count ?? null),
    targetParticipants: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .nullish()
      .transform((count) => count ?? null),
    allowTies: z.boolean().default(false),
    allowCannotJudge: z.boolean().default(false),
    adaptive: z.boolean().default(false),
    practice: z.boolean().default(true),
    attentionChecks: z.number().int().min(0).max(20).default(0),
    repeats: z.number().int().min(0).max(20).default(0),
    minResponseMs: z.number().int().min(0).max(60_000).default(300),
    attentionFailures: z.number().int().min(0).max(20).default(0),
    completionCode: text(100)
      .nullish()
      .transform((code) => code ?? null),
    redirectUrl: z
      .url({ protocol: /^https$/, error: "must be an address that begins with https://" })
      .max(2000)
      .nullish()
      .transform((url) => url ?? null),
    keepPanelIds: z.boolean().default(false),
  })
  .refine((study) => !study.adaptive || study.arms.length > 2, {
    path: ["adaptive"],
    message: "needs more than two arms: there is no choice between pairs",
  });

export type StudyRequest = z.output<typeof studyRequest>;
