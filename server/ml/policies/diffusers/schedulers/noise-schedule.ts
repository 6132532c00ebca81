/** What the schedule of a checkpoint is made of; the words are diffusers'. */
export interface NoiseScheduleConfig {
  readonly num_train_timesteps: number;
  readonly beta_start: number;
  readonly beta_end: number;
  readonly beta_schedule: "linear" | "scaled_linear" | "squaredcos_cap_v2";
  readonly trained_betas: readonly number[] | null;
  readonly rescale_betas_zero_snr: boolean;
}

/**
 * alpha_bar_t = prod_{s <= t} (1 - beta_s), [T], decreasing. In float32 where diffusers computes in it, since checkpoints were
 * trained with those numbers: 1 - alpha_bar has 4 digits at the start. Sources: DDPM (2006.11239) for beta, improved DDPM
 * (2102.09672) for the cosine, 2305.08891 for zero SNR at the end (alpha_bar_{T-1} = 0).
 */
export function alphaBars(config: NoiseScheduleConfig): Float32Array {
  const betas = config.rescale_betas_zero_snr ? zeroTerminalSnr(betasOf(config)) : betasOf(config);
  let product = 1;
  return betas.map((beta) => {
    product *= Math.fround(1 - beta);
    return product;
  });
}

function betasOf(config: NoiseScheduleConfig): Float32Array {
  const { trained_betas, beta_schedule, beta_start, beta_end, num_train_timesteps: count } = config;
  if (trained_betas) return Float32Array.from(trained_betas);
  if (beta_schedule === "linear") return linspace32(beta_start, beta_end, count);
  if (beta_schedule === "scaled_linear")
    return linspace32(Math.sqrt(beta_start), Math.sqrt(beta_end), count).map((root) => root ** 2);
  const share = (t: number) => Math.cos((((t / count + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float32Array.from({ length: count }, (_, t) => Math.min(1 - share(t + 1) / share(t), 0.999));
}

/** torch.linspace in float32: the second half is counted from the end. */
function linspace32(start: number, end: number, count: number): Float32Array {
  const [first, last] = [Math.fround(start), Math.fround(end)];
  const step = count > 1 ? Math.fround(Math.fround(last - first) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + Math.fround(step * i) : last - Math.fround(step * (count - 1 - i)),
  );
}

/** Shifts sqrt(alpha_bar) so that it ends in 0, and stretches it so that it starts where it did. */
function zeroTerminalSnr(betas: Float32Array): Float32Array {
  let product = 1;
  const roots = betas.map((beta) => {
    product *= Math.fround(1 - beta);
    return Math.sqrt(Math.fround(product));
  });
  const [first = 1, last = 0] = [roots[0], roots.at(-1)];
  const scale = Math.fround(first / Math.fround(first - last));
  const bars = roots.map((root) => Math.fround(Math.fround(root - last) * scale) ** 2);
  return bars.map((bar, i) => 1 - Math.fround(bar / (i === 0 ? 1 : (bars[i - 1] ?? 1))));
}

/** sigma_t, [T], increasing. */
export const sigmasOf = (bars: Float32Array): Float64Array =>
  Float64Array.from(bars, (bar) => Math.fround(Math.sqrt(Math.fround(Math.fround(1 - bar) / bar))));

/** numpy.linspace */
export function linspace(start: number, end: number, count: number): number[] {
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? end : start + i * step));
}

/** numpy.arange, which may end a step late by rounding: diffusers' timesteps do so too. */
export function arange(start: number, end: number, step: number): number[] {
  const delta = start + step - start;
  return Array.from({ length: Math.ceil((end - start) / step) }, (_, i) => start + i * delta);
}

/** numpy.round: halves go to the even neighbour. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** sigma at a real-valued timestep, linear between its neighbours and constant outside (numpy.interp). */
export function sigmaAt(sigmas: Float64Array, t: number): number {
  const last = sigmas.length - 1;
  const low = Math.min(Math.max(Math.floor(t), 0), Math.max(last - 1, 0));
  const share = Math.min(Math.max(t - low, 0), 1);
  return (1 - share) * (sigmas[low] ?? 0) + share * (sigmas[Math.min(low + 1, last)] ?? 0);
}

/**
 * The real-valued timestep of a sigma, linear in log(sigma): `_sigma_to_t` of diffusers and k-diffusion. The schedule's logs in
 * float32, as there, because what comes out may be cut down to a whole number.
 */
export function timestepOf(sigmas: Float64Array, sigma: number): number {
  const wanted = Math.log(Math.max(sigma, 1e-10));
  const log = (t: number) => Math.fround(Math.log(sigmas[t] ?? 0));
  let low = 0;
  while (low < sigmas.length - 2 && log(low + 1) <= wanted) low++;
  const share = Math.min(Math.max((log(low) - wanted) / (log(low) - log(low + 1)), 0), 1);
  return (1 - share) * low + share * (low + 1);
}

/** Noise levels from high to low with steps that grow with the noise (Karras et al. 2022, 2206.00364, equation 5, rho = 7). */
export function karrasSigmas(high: number, low: number, steps: number): number[] {
  const rho = 7;
  const [from, to] = [high ** (1 / rho), low ** (1 / rho)];
  return linspace(0, 1, steps).map((ramp) => (from + ramp * (to - from)) ** rho);
}
