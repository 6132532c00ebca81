import {
  alphaBars,
  arange,
  karrasSigmas,
  linspace,
  roundHalfEven,
  sigmaAt,
  sigmasOf,
  timestepOf,
} from "./noise-schedule.ts";
import type { Scheduler } from "./scheduler.ts";
import type { EulerConfig } from "./scheduler-config.ts";

/**
 * Euler's method in sigma (Karras et al. 2022, 2206.00364, algorithm 2 without churn), what SDXL is shipped with. The sample
 * is the image plus sigma times noise, so it grows with sigma, and is scaled down where the model sees it.
 */
export class EulerScheduler implements Scheduler {
  readonly timesteps: readonly number[];
  readonly initialScale: number;
  private readonly sigmas: readonly number[];

  constructor(
    private readonly config: EulerConfig,
    steps: number,
  ) {
    const bars = alphaBars(config);
    if (config.rescale_betas_zero_snr) bars[bars.length - 1] = 2 ** -24; // as in dpm-solver.ts
    const sigmas = sigmasOf(bars);
    const spaced = timestepsOf(config, steps);
    const levels = spaced.map((t) => sigmaAt(sigmas, t));
    const end = config.final_sigmas_type === "zero" ? 0 : (sigmas[0] ?? 0);
    if (config.use_karras_sigmas) {
      const [high = 0, low = 0] = [config.sigma_max ?? levels[0], config.sigma_min ?? levels.at(-1)];
      const chosen = karrasSigmas(high, low, steps);
      this.timesteps = chosen.map((sigma) => Math.fround(timestepOf(sigmas, sigma)));
      this.sigmas = [...chosen, end].map(Math.fround);
    } else {
      this.timesteps = spaced;
      this.sigmas = [...levels, end].map(Math.fround);
    }
    const most = this.sigmas[0] ?? 0;
    this.initialScale = config.timestep_spacing === "leading" ? Math.sqrt(most ** 2 + 1) : most;
  }

  inputScale(i: number): number {
    return 1 / Math.sqrt((this.sigmas[i] ?? 0) ** 2 + 1);
  }

  step(i: number, output: Float32Array, sample: Float32Array): Float32Array {
    const [from = 0, to = 0] = this.sigmas.slice(i, i + 2);
    const length = to - from;
    const { prediction_type: type } = this.config;
    // d sample / d sigma = (sample - image) / sigma
    if (type === "epsilon") return sample.map((x, k) => x + length * (output[k] ?? 0));
    if (type === "sample") return sample.map((x, k) => x + (length / from) * (x - (output[k] ?? 0)));
    const power = from ** 2 + 1;
    return sample.map((x, k) => {
      const image = x / power - (from / Math.sqrt(power)) * (output[k] ?? 0);
      return x + (length / from) * (x - image);
    });
  }
}

/** Not rounded to whole ones with "linspace". */
function timestepsOf(
  { timestep_spacing, num_train_timesteps: count, steps_offset }: EulerConfig,
  steps: number,
): number[] {
  if (timestep_spacing === "linspace")
    return linspace(0, count - 1, steps)
      .map(Math.fround)
      .reverse();
  if (timestep_spacing === "trailing") return arange(count, 0, -count / steps).map((t) => roundHalfEven(t) - 1);
  const stride = Math.floor(count / steps);
  return Array.from({ length: steps }, (_, i) => i * stride + steps_offset).reverse();
}
