import { TIME_FEATURES } from "./architecture.ts";

/** Times run from 0 (noise) to 1 (image); the flow is trained up to here, where the weight of an error is 1,111. */
export const LAST_TIME = 0.97;

const HALF = TIME_FEATURES / 2;
const FREQUENCIES = Float64Array.from({ length: HALF }, (_, k) => 1000 * 10_000 ** (-k / HALF));

/** Cosines and sines of the times at 64 frequencies, as DiT embeds its steps: [times, TIME_FEATURES]. */
export function timeFeatures(times: Float32Array): Float32Array {
  const features = new Float32Array(times.length * TIME_FEATURES);
  for (const [row, time] of times.entries()) {
    for (const [k, frequency] of FREQUENCIES.entries()) {
      features[row * TIME_FEATURES + k] = Math.cos(time * frequency);
      features[row * TIME_FEATURES + HALF + k] = Math.sin(time * frequency);
    }
  }
  return features;
}
