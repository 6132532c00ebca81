import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { folderError, mustBeNull, optional, readConfig } from "./config-file.ts";
import { type SchedulerChoice, schedulersOf } from "./schedulers/make-scheduler.ts";

/**
 * A text-to-image pipeline in diffusers' folder layout with ONNX files, as `optimum-cli export onnx` writes it:
 * model_index.json, scheduler/, tokenizer/, text_encoder/, unet/, vae_decoder/, and for SDXL tokenizer_2/ and text_encoder_2/.
 */
export interface PipelineFolder {
  readonly folder: string;
  readonly kind: "stable-diffusion" | "stable-diffusion-xl";
  /** channels and side of the latents */
  readonly latents: { readonly channels: number; readonly size: number };
  /** pixels of a side */
  readonly imageSize: number;
  /** latents are this times what the VAE reads */
  readonly scalingFactor: number;
  /** transformer layers of each text encoder */
  readonly textLayers: readonly number[];
  /** without a prompt the condition is zeros, not that of an empty prompt (SDXL) */
  readonly zeroUnconditional: boolean;
  readonly schedulers: SchedulerChoice;
}

const KINDS = {
  StableDiffusionPipeline: "stable-diffusion",
  StableDiffusionXLPipeline: "stable-diffusion-xl",
} as const;

const modelIndex = z.object({
  // ORT: as optimum's own pipelines save themselves
  _class_name: z
    .string("is missing")
    .transform((name) => name.replace(/^(ORT|Onnx)/, ""))
    .pipe(z.enum(Object.keys(KINDS) as (keyof typeof KINDS)[], `must be one of ${Object.keys(KINDS).join(", ")}`)),
  force_zeros_for_empty_prompt: optional(z.boolean(), true),
  requires_aesthetics_score: z.literal(false, "must be false: SDXL's refiner is not supported").nullish(),
});
const side = z.int("must be a whole number: latents are square here").min(1);
const unetConfig = z.object({
  in_channels: z.int().min(1),
  out_channels: z.int().min(1),
  sample_size: side,
  addition_embed_type: z.literal([null, "text_time"], "must be null or text_time").optional(),
  class_embed_type: mustBeNull("a class as condition"),
  encoder_hid_dim_type: mustBeNull("another encoder's condition"),
  time_cond_proj_dim: mustBeNull("a distilled guidance (LCM)"),
});
const vaeConfig = z.object({
  block_out_channels: z.array(z.int()).min(1),
  latent_channels: optional(z.int(), 4),
  // diffusers' default; checkpoints from before 0.12 do not say it
  scaling_factor: optional(z.number().gt(0), 0.18215),
  shift_factor: mustBeNull("a shift of the latents"),
  latents_mean: mustBeNull("a mean of the latents"),
  latents_std: mustBeNull("a deviation of the latents"),
});
const textConfig = z.object({ num_hidden_layers: z.int().min(2) });

/** Reads what the folder says of itself. @throws UserError BAD_INPUT naming the file and the field at fault */
export async function readPipelineFolder(folder: string): Promise<PipelineFolder> {
  const { _class_name, force_zeros_for_empty_prompt } = await readConfig(folder, "model_index.json", modelIndex);
  const kind = KINDS[_class_name];
  const isXl = kind === "stable-diffusion-xl";
  const unet = await readConfig(folder, "unet/config.json", unetConfig);
  const unetFile = join(folder, "unet/config.json");
  if (unet.in_channels !== unet.out_channels)
    throw folderError(unetFile, `in_channels must be out_channels: only text to image is supported.`);
  if ((unet.addition_embed_type === "text_time") !== isXl)
    throw folderError(unetFile, `addition_embed_type must be ${isXl ? "text_time" : "null"} in a ${_class_name}.`);
  const vae = await readConfig(folder, "vae_decoder/config.json", vaeConfig);
  if (vae.latent_channels !== unet.in_channels)
    throw folderError(join(folder, "vae_decoder/config.json"), "latent_channels must be the in_channels of the UNet.");
  const texts = [];
  for (const name of textEncoderNames(kind)) texts.push(await readConfig(folder, `${name}/config.json`, textConfig));
  const schedulerFile = join(folder, "scheduler/scheduler_config.json");
  const schedulerText = await readFile(schedulerFile, { encoding: "utf8" }).catch(() => {
    throw folderError(schedulerFile, "there is no such file.");
  });
  return {
    folder,
    kind,
    latents: { channels: unet.in_channels, size: unet.sample_size },
    imageSize: unet.sample_size * 2 ** (vae.block_out_channels.length - 1),
    scalingFactor: vae.scaling_factor,
    textLayers: texts.map(({ num_hidden_layers }) => num_hidden_layers),
    zeroUnconditional: isXl && force_zeros_for_empty_prompt,
    schedulers: schedulersOf(schedulerFile, schedulerText),
  };
}

export const textEncoderNames = (kind: PipelineFolder["kind"]): readonly string[] =>
  kind === "stable-diffusion-xl" ? ["text_encoder", "text_encoder_2"] : ["text_encoder"];
