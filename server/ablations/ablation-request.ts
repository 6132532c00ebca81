import { z } from "zod";
import { RewardModelStrategy } from "../../shared/enums.ts";
import { hyperparameters } from "../../shared/jobs/train-reward-model.ts";
import { UserError } from "../../shared/user-error.ts";
import type { Experiment } from "../experiments/experiment.entity.ts";
import type { ProxySet } from "../proxy-data/proxy-set.entity.ts";
import type { Ablation } from "./ablation.entity.ts";
import { type Axes, inTableOrder, rowsOf } from "./ablation-grid.ts";

const MAX_CELLS = 1000;
export const SMALLEST_TRAINING_SET = 8;

const axis = <T extends z.ZodType>(value: T) =>
  z.array(value).min(1, "must hold at least one value").max(100, "must hold at most 100 values");
const tag = z.string().max(100).nullish();

export const ablationRequest = z.object({
  roundId: z.uuid("must be a round's id"),
  name: z.string().trim().min(1, "must not be empty").max(200),
  encoders: axis(z.string().min(1).max(200)).nullish(),
  strategies: axis(z.enum(RewardModelStrategy)).nullish(),
  n: axis(z.number().int().min(SMALLEST_TRAINING_SET).max(100_000)).nullish(),
  k: axis(z.number().int().min(2, "must be 2 at least: there is no choice among fewer").max(1000)).nullish(),
  alpha: axis(z.number().positive().max(1000)).nullish(),
  m: axis(z.number().int().min(1).max(100_000)).nullish(),
  seeds: axis(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))
    .refine((seeds) => new Set(seeds).size === seeds.length, "must name each seed once")
    .nullish(),
  promptTag: tag,
  negativePromptTag: tag,
  label: z.string().max(200).nullish(),
  keepWeights: z.boolean().nullish(),
  hyperparameters: hyperparameters.prefault({}),
});
export type AblationRequest = z.output<typeof ablationRequest>;

/** What an ablation is made of, as it is stored; two requests of one name must agree in all of it. */
export type Settings = Pick<
  Ablation,
  "axes" | "seeds" | "hyperparameters" | "promptTag" | "negativePromptTag" | "label" | "keepWeights"
>;

/**
 * The settings of a request; what was left out is the experiment's (its encoder, its K, all of its proxy data) or the paper's
 * default (BOOTSTRAP), with five seeds. @throws UserError BAD_INPUT, TOO_FEW_ITEMS
 */
export function settingsOf(wanted: AblationRequest, experiment: Experiment, proxySet: ProxySet): Settings {
  const settings: Settings = {
    axes: axesOf(wanted, experiment, proxySet),
    seeds: wanted.seeds ?? [0, 1, 2, 3, 4],
    hyperparameters: wanted.hyperparameters,
    promptTag: wanted.promptTag ?? null,
    negativePromptTag: wanted.negativePromptTag ?? null,
    label: wanted.label ?? null,
    keepWeights: wanted.keepWeights ?? false,
  };
  const cells = rowsOf(settings.axes).length * settings.seeds.length;
  if (cells > MAX_CELLS)
    throw new UserError(
      "BAD_INPUT",
      `This makes ${cells} cells (rows times seeds), ${MAX_CELLS} are allowed; vary fewer axes at a time.`,
      "seeds",
    );
  return settings;
}

/** In table order. */
function axesOf(wanted: AblationRequest, experiment: Experiment, proxySet: ProxySet): Axes {
  const tooMany = wanted.n?.findIndex((n) => n > proxySet.trainCount) ?? -1;
  if (tooMany >= 0)
    throw new UserError(
      "TOO_FEW_ITEMS",
      `The proxy set has ${proxySet.trainCount} items to train on, N = ${wanted.n?.[tooMany]} are asked for.`,
      `n[${tooMany}]`,
    );
  const beyond = wanted.k?.findIndex((k) => k > experiment.k) ?? -1;
  if (beyond >= 0)
    throw new UserError(
      "BAD_INPUT",
      `The experiment has ${experiment.k} samples a prompt, K = ${wanted.k?.[beyond]} are asked for.`,
      `k[${beyond}]`,
    );
  return inTableOrder({
    encoders: wanted.encoders ?? [experiment.encoder],
    strategies: wanted.strategies ?? [RewardModelStrategy.BOOTSTRAP],
    n: wanted.n ?? [proxySet.trainCount],
    k: wanted.k ?? [experiment.k],
    alpha: wanted.alpha ?? [wanted.hyperparameters.bootstrap?.alpha ?? Math.LN2],
    m: wanted.m ?? [wanted.hyperparameters.bootstrap?.m ?? null],
  });
}
