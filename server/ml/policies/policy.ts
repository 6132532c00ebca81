/**
 * What every policy (generator G^t of the paper) looks like from outside. `load-policy.ts` makes one from weights.
 * A loaded policy computes in the thread that calls it: worker processes only.
 */

/** What to draw: one image a request. The same (prompt, seed, settings, weights) gives the same pixels, whatever else is in the batch. */
export interface SampleRequest {
  readonly prompt: string;
  /** integer in [0, 2^53) */
  readonly seed: number;
}

/** How it is drawn. Recorded with every sample. */
export interface SamplingSettings {
  /** integration steps, e.g. 14 */
  readonly steps: number;
  /** classifier-free guidance weight; 1 = none */
  readonly guidance: number;
  /** scheduler's name where the policy has a choice ("euler", "heun", "ddim", "dpm-solver++"); undefined = the policy's own */
  readonly scheduler?: string;
}

/** Interleaved RGB, size x size x 3, 0..255 */
export interface RgbImage {
  readonly size: number;
  readonly pixels: Uint8Array;
}

export interface LoadedPolicy {
  /** kind of generator, e.g. "flow-32" | "stable-diffusion" */
  readonly generator: string;
  /** pixels of a side */
  readonly imageSize: number;
  readonly defaults: SamplingSettings;
  /** the number of requests it likes at once; any number is served */
  readonly batch: number;
  /** Images in the order of the requests. Throws on settings that it does not know. */
  sample(requests: readonly SampleRequest[], settings: SamplingSettings): Promise<RgbImage[]>;
  dispose(): Promise<void>;
}

/** Safetensors bytes of the embedded generator (artifact of the Policy row), or a folder in diffusers' layout. */
export type PolicySource = { readonly weights: Uint8Array } | { readonly folder: string };
