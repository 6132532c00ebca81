import { UserError } from "../../../../../shared/user-error.ts";
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
import { imageMix, type Scheduler } from "./scheduler.ts";
import type { DpmSolverConfig } from "./scheduler-config.ts";

/** sqrt(alpha_bar), sqrt(1 - alpha_bar) and the log of their quotient, of a sigma. */
interface Level {
  readonly signal: number;
  readonly noise: number;
  /** lambda, +Infinity without noise */
  readonly logSnr: number;
}

/**
 * DPM-Solver++ (Lu et al. 2022, 2211.01095), multistep, order 2 (2M) or 1: between two levels of noise the image that the
 * model's output speaks of is taken to change linearly in lambda = log(signal / noise), by this step's and the last one's.
 */
export class DpmSolverScheduler implements Scheduler {
  readonly timesteps: readonly number[];
  readonly initialScale = 1;
  private readonly levels: readonly Level[];
  /** the image at the step before */
  private lastImage: Float32Array | null = null;

  constructor(
    private readonly config: DpmSolverConfig,
    steps: number,
  ) {
    const bars = barsOf(config);
    const sigmas = sigmasOf(bars);
    const [least = 0, most = 0] = [sigmas[0], sigmas.at(-1)];
    const end = config.final_sigmas_type === "zero" ? 0 : least;
    if (config.use_karras_sigmas) {
      const chosen = karrasSigmas(most, least, steps);
      const rounded = config.beta_schedule === "squaredcos_cap_v2" ? Math.trunc : roundHalfEven;
      this.timesteps = chosen.map((sigma) => rounded(timestepOf(sigmas, sigma)));
      this.levels = [...chosen, end].map(levelOf);
    } else {
      this.timesteps = timestepsOf(config, sigmas, steps);
      this.levels = [...this.timesteps.map((t) => sigmaAt(sigmas, t)), end].map(levelOf);
    }
  }

  inputScale(): number {
    return 1;
  }

  step(i: number, output: Float32Array, sample: Float32Array): Float32Array {
    const from = this.level(i);
    const to = this.level(i + 1);
    const mix = imageMix(this.config.prediction_type, from.signal, from.noise);
    const image = sample.map((x, k) => mix.sample * x + mix.output * (output[k] ?? 0));
    const before = this.lastImage;
    this.lastImage = image;
    const h = to.logSnr - from.logSnr;
    const decay = Math.expm1(-h); // -1 where the noise ends
    const kept = to.noise / from.noise;
    if (!before || this.isFirstOrder(i)) return sample.map((x, k) => kept * x - to.signal * decay * (image[k] ?? 0));
    const slope = h / (from.logSnr - this.level(i - 1).logSnr);
    const weight = this.config.solver_type === "heun" ? decay / h + 1 : -0.5 * decay;
    return sample.map((x, k) => {
      const now = image[k] ?? 0;
      return kept * x - to.signal * (decay * now - weight * slope * (now - (before[k] ?? 0)));
    });
  }

  /** The first step has none before it; the last may be taken without, for stability, and has to be where its noise is 0. */
  private isFirstOrder(i: number): boolean {
    const { solver_order, euler_at_final, lower_order_final, final_sigmas_type } = this.config;
    const steps = this.timesteps.length;
    const last = i === steps - 1;
    return (
      solver_order === 1 ||
      (last && (euler_at_final || final_sigmas_type === "zero" || (lower_order_final && steps < 15)))
    );
  }

  private level(i: number): Level {
    return this.levels[i] ?? levelOf(0);
  }
}

/** With zero SNR at the end, a little signal is left there so that the first sigma is finite: 2^-24, as in diffusers. */
function barsOf(config: DpmSolverConfig): Float32Array {
  const bars = alphaBars(config);
  if (config.rescale_betas_zero_snr) bars[bars.length - 1] = 2 ** -24;
  return bars;
}

function levelOf(sigma: number): Level {
  const exact = Math.fround(sigma); // diffusers keeps sigmas in float32
  const signal = 1 / Math.sqrt(exact ** 2 + 1);
  const noise = exact * signal;
  return { signal, noise, logSnr: Math.log(signal) - Math.log(noise) };
}

function timestepsOf(config: DpmSolverConfig, sigmas: Float64Array, steps: number): number[] {
  const { timestep_spacing, num_train_timesteps: count, steps_offset, lambda_min_clipped } = config;
  // the noisiest ones are left out where lambda = -log(sigma) is below the bound
  const used = sigmas.filter((sigma) => -Math.log(sigma) >= lambda_min_clipped).length;
  if (used <= steps)
    throw new UserError(
      "BAD_INPUT",
      `lambda_min_clipped leaves ${used} timesteps: too few for ${steps} steps.`,
      "steps",
    );
  if (timestep_spacing === "linspace")
    return linspace(0, used - 1, steps + 1)
      .map(roundHalfEven)
      .reverse()
      .slice(0, -1);
  if (timestep_spacing === "trailing") return arange(used, 0, -count / steps).map((t) => roundHalfEven(t) - 1);
  const stride = Math.floor(used / (steps + 1));
  return Array.from({ length: steps }, (_, i) => (i + 1) * stride + steps_offset).reverse();
}
