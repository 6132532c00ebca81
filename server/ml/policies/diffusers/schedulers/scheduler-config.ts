import { z } from "zod";
import { mustBeNull, notSupported, oneOf, optional } from "../config-file.ts";

/** Fields of scheduler_config.json that every scheduler reads, with the defaults that diffusers' classes share. */
const shared = {
  num_train_timesteps: optional(z.int().min(2), 1000),
  beta_start: optional(z.number().gt(0), 0.0001),
  beta_end: optional(z.number().lt(1), 0.02),
  beta_schedule: optional(oneOf("linear", "scaled_linear", "squaredcos_cap_v2"), "linear"),
  trained_betas: optional(z.array(z.number()).nullable(), null),
  rescale_betas_zero_snr: optional(z.boolean(), false),
  prediction_type: optional(oneOf("epsilon", "sample", "v_prediction"), "epsilon"),
  steps_offset: optional(z.int().min(0), 0),
  thresholding: notSupported("dynamic thresholding"),
};
const spacing = oneOf("leading", "linspace", "trailing");
const lastSigma = optional(oneOf("zero", "sigma_min"), "zero");
const karras = {
  use_karras_sigmas: optional(z.boolean(), false),
  use_exponential_sigmas: notSupported("an exponential schedule of sigmas"),
  use_beta_sigmas: notSupported("a beta schedule of sigmas"),
};
/** What is read before the scheduler is known. */
export const scheduleBasics = z
  .object({
    _class_name: z.string("is missing"),
    num_train_timesteps: shared.num_train_timesteps,
    trained_betas: shared.trained_betas,
  })
  .refine(({ trained_betas, num_train_timesteps }) => !trained_betas || trained_betas.length === num_train_timesteps, {
    path: ["trained_betas"],
    error: "must hold as many numbers as num_train_timesteps says",
  });

export const ddimConfig = z.object({
  ...shared,
  timestep_spacing: optional(spacing, "leading"),
  clip_sample: optional(z.boolean(), true),
  clip_sample_range: optional(z.number().gt(0), 1),
  set_alpha_to_one: optional(z.boolean(), true),
});
export type DdimConfig = z.output<typeof ddimConfig>;

export const dpmSolverConfig = z.object({
  ...shared,
  ...karras,
  timestep_spacing: optional(spacing, "linspace"),
  algorithm_type: optional(oneOf("dpmsolver++"), "dpmsolver++"),
  solver_order: optional(z.literal([1, 2], "must be 1 or 2"), 2),
  // bh1, bh2 and logrho are UniPC's and DEIS's words: diffusers reads them so too
  solver_type: optional(oneOf("midpoint", "heun", "bh1", "bh2", "logrho"), "midpoint"),
  lower_order_final: optional(z.boolean(), true),
  euler_at_final: optional(z.boolean(), false),
  final_sigmas_type: lastSigma,
  lambda_min_clipped: optional(z.number(), Number.NEGATIVE_INFINITY),
  variance_type: mustBeNull("a learned variance"),
  use_lu_lambdas: notSupported("Lu's schedule of lambdas"),
  use_flow_sigmas: notSupported("flow matching"),
});
export type DpmSolverConfig = z.output<typeof dpmSolverConfig>;

export const eulerConfig = z.object({
  ...shared,
  ...karras,
  timestep_spacing: optional(spacing, "linspace"),
  interpolation_type: optional(oneOf("linear"), "linear"),
  timestep_type: optional(oneOf("discrete"), "discrete"),
  sigma_min: optional(z.number().gt(0).nullable(), null),
  sigma_max: optional(z.number().gt(0).nullable(), null),
  final_sigmas_type: lastSigma,
});
export type EulerConfig = z.output<typeof eulerConfig>;
