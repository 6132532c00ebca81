import { alphaBars, arange, linspace, roundHalfEven } from "./noise-schedule.ts";
import { imageMix, noiseMix, type Scheduler } from "./scheduler.ts";
import type { DdimConfig } from "./scheduler-config.ts";

/**
 * DDIM without noise (eta = 0), Song et al. 2020 (2010.02502), equation 12: x_s = sqrt(alpha_bar_s) image + sqrt(1 -
 * alpha_bar_s) noise, of the image and the noise that the model's output speaks of at t > s.
 */
export class DdimScheduler implements Scheduler {
  readonly timesteps: readonly number[];
  readonly initialScale = 1;
  private readonly bars: Float32Array;

  constructor(
    private readonly config: DdimConfig,
    private readonly steps: number,
  ) {
    this.bars = alphaBars(config);
    this.timesteps = timestepsOf(config, steps);
  }

  inputScale(): number {
    return 1;
  }

  step(i: number, output: Float32Array, sample: Float32Array): Float32Array {
    const {
      prediction_type: type,
      num_train_timesteps: count,
      clip_sample,
      clip_sample_range,
      set_alpha_to_one,
    } = this.config;
    const t = this.timesteps[i] ?? 0;
    // a whole number of training steps back, whatever the spacing: diffusers' rule
    const s = t - Math.floor(count / this.steps);
    const bar = this.bars[t] ?? 0;
    const next = s >= 0 ? (this.bars[s] ?? 0) : set_alpha_to_one ? 1 : (this.bars[0] ?? 0);
    const image = imageMix(type, Math.sqrt(bar), Math.sqrt(1 - bar));
    const noise = noiseMix(type, Math.sqrt(bar), Math.sqrt(1 - bar));
    const [signalNext, noiseNext] = [Math.sqrt(next), Math.sqrt(1 - next)];
    const bound = clip_sample ? clip_sample_range : Number.POSITIVE_INFINITY;
    return sample.map((x, k) => {
      const y = output[k] ?? 0;
      const clipped = Math.min(Math.max(image.sample * x + image.output * y, -bound), bound);
      return signalNext * clipped + noiseNext * (noise.sample * x + noise.output * y);
    });
  }
}

function timestepsOf(
  { timestep_spacing, num_train_timesteps: count, steps_offset }: DdimConfig,
  steps: number,
): number[] {
  if (timestep_spacing === "linspace")
    return linspace(0, count - 1, steps)
      .map(roundHalfEven)
      .reverse();
  if (timestep_spacing === "trailing") return arange(count, 0, -count / steps).map((t) => roundHalfEven(t) - 1);
  const stride = Math.floor(count / steps);
  return Array.from({ length: steps }, (_, i) => i * stride + steps_offset).reverse();
}
