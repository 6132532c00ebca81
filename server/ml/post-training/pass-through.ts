import { Random } from "../onnx/random.ts";
import { FlowSampler, type SamplerOptions } from "../policies/flow/flow-sampler.ts";
import { decodeFlowWeights } from "../policies/flow/weights-file.ts";
import type { RgbImage } from "../policies/policy.ts";

/** Steps from full noise; the part of them that is left from the noise asked for is taken. */
const STEPS = 14;

/**
 * Images noised and drawn again by the policy without a prompt, so that a reward model sees real and generated images through
 * the same generator and learns their style, not its traces. A guard of the experiment, not of the paper.
 * `noise`: share of noise in (0, 1), 0.3 keeps nearly all of a drawing; the same seed, or the same one for each image, gives the same images.
 */
export async function passThrough(
  weights: Uint8Array,
  images: readonly RgbImage[],
  { noise, seed, ...options }: { noise: number; seed: number | readonly number[] } & SamplerOptions,
): Promise<RgbImage[]> {
  if (!(noise > 0 && noise < 1)) throw new RangeError(`noise should be in (0, 1), not ${noise}.`);
  const policy = await FlowSampler.create(decodeFlowWeights(weights), options);
  try {
    return await policy.passThrough(images, {
      from: 1 - noise,
      seeds: typeof seed === "number" ? images.map((_, i) => new Random(seed, i).next()) : seed,
      steps: Math.max(2, Math.ceil(noise * STEPS)),
    });
  } finally {
    await policy.dispose();
  }
}
