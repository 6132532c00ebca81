/**
 * Words of this folder. A *scheduler* turns what the model says about a noisy sample into a less noisy one, step by step.
 * *Timestep* t, 0 to T - 1, is a place in the noise schedule that the model was trained with; alpha_bar_t is the share of the
 * image's variance at t, sigma_t = sqrt((1 - alpha_bar_t) / alpha_bar_t) the noise for an image of unit scale.
 */

/** What the model's output means: the noise, the image, or v = sqrt(alpha_bar) noise - sqrt(1 - alpha_bar) image. */
export type PredictionType = "epsilon" | "sample" | "v_prediction";

/** One run of sampling. The arrays may hold any number of images: every formula is elementwise. */
export interface Scheduler {
  /** what the model is told at each step, first to last */
  readonly timesteps: readonly number[];
  /** standard deviation of the noise that sampling starts from */
  readonly initialScale: number;
  /** factor of the sample where the model sees it, at step i */
  inputScale(i: number): number;
  /**
   * The sample after step i = 0, 1, ... in this order (a multistep scheduler remembers the steps before).
   * @param output what the model gave for `inputScale(i)` * `sample` at `timesteps[i]`
   */
  step(i: number, output: Float32Array, sample: Float32Array): Float32Array;
}

/** Weights of (sample, output) in an estimate. */
export interface Mix {
  readonly sample: number;
  readonly output: number;
}

/** The image that the model's output speaks of. @param signal sqrt(alpha_bar) @param noise sqrt(1 - alpha_bar) */
export function imageMix(type: PredictionType, signal: number, noise: number): Mix {
  if (type === "epsilon") return { sample: 1 / signal, output: -noise / signal };
  if (type === "v_prediction") return { sample: signal, output: -noise };
  return { sample: 0, output: 1 };
}

/** The noise that the model's output speaks of. */
export function noiseMix(type: PredictionType, signal: number, noise: number): Mix {
  if (type === "epsilon") return { sample: 0, output: 1 };
  if (type === "v_prediction") return { sample: noise, output: signal };
  return { sample: 1 / noise, output: -signal / noise };
}
