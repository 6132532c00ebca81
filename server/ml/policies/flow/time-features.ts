import { normalQuantile, type Random } from "../../onnx/random.ts";
import { TIME_FEATURES } from "./architecture.ts";

/** Times run from 0 (noise) to 1 (image); the flow is trained up to here, where the weight of an error is 1,111. */
const LAST_TIME = 0.97;
/** Times are logit-normal with this mean and deviation: more of them where shapes are decided than where they are cleaned. */
const TIME = { mean: -0.4, deviation: 1 } as const;

const HALF = TIME_FEATURES / 2;
const FREQUENCIES = Float64Array.from({ length: HALF }, (_, k) => 1000 * 10_000 ** (-k / HALF));

/** Times to train at, spread evenly over the distribution and ascending: less noise in the gradient than by chance. */
export function drawTimes(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const z = TIME.mean + TIME.deviation * normalQuantile((i + random.uniform()) / count);
    return Math.min(LAST_TIME, 1 / (1 + Math.exp(-z)));
  });
}

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
