import os from "node:os";
import { z } from "zod";
import type { ProviderSetting } from "../ml/onnx/provider.ts";

/** The environment of a worker. Encoders and scorers read what concerns them themselves, in the process of the job. */
export const workerEnvironment = z.object({
  /** Where the API is, as in http://lab.example:4400. */
  GANRM_API_URL: z.url("must be the API's URL"),
  /** A token with the role WORKER. */
  GANRM_WORKER_TOKEN: z.string("must be a token with the role WORKER").min(1, "must be a token with the role WORKER"),
  /** What it is called in the record of its jobs. */
  GANRM_WORKER_NAME: z.string().min(1).default(os.hostname()),
  /** File of CLIP ViT-B/32 as ONNX, for the encoder clip-vit-b32. */
  GANRM_CLIP_MODEL: z.string().optional(),
  /** Where that file is downloaded from when no path is given. */
  GANRM_CLIP_URL: z.url("must be a URL").optional(),
  /** What the downloaded file must be. */
  GANRM_CLIP_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
    .optional(),
  /** Where downloaded models are kept. */
  GANRM_CACHE_DIR: z.string().optional(),
  /** Folder below which policies in diffusers' layout are. */
  GANRM_POLICIES_DIR: z.string().optional(),
  /** Folder of scorer cards of the lab's own (*.scorer.json), and of model files that scorers lack. */
  GANRM_SCORERS_DIR: z.string().optional(),
  /** Where scorers' files are downloaded from; empty: nothing is downloaded. */
  GANRM_HUB_URL: z.union([z.literal(""), z.url("must be a URL or empty")]).optional(),
  /** Where ONNX Runtime computes: cpu, cuda, webgpu, or auto: the first of cuda, webgpu, cpu that loads. */
  GANRM_PROVIDER: z.enum(["cpu", "cuda", "webgpu", "auto"], "must be cpu, cuda, webgpu or auto").default("cpu"),
});

export interface WorkerConfig {
  url: string;
  token: string;
  name: string;
  provider: ProviderSetting;
}

/** Reads the worker's configuration. @throws Error naming the variable at fault */
export function readWorkerConfig(env: Record<string, string | undefined> = process.env): WorkerConfig {
  const parsed = workerEnvironment.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
  }
  const {
    GANRM_API_URL: url,
    GANRM_WORKER_TOKEN: token,
    GANRM_WORKER_NAME: name,
    GANRM_PROVIDER: provider,
  } = parsed.data;
  return { url, token, name, provider };
}
