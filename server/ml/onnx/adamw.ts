import type { Value } from "./graph.ts";
import type { GraphBuilder } from "./operators.ts";

export interface AdamWOptions {
  /** step size after warm-up, > 0 */
  readonly learningRate: number;
  /** decay rates of the two moments; default 0.9 and 0.999 */
  readonly beta1?: number;
  readonly beta2?: number;
  /** default 1e-8 */
  readonly epsilon?: number;
  /** decoupled, per step w *= 1 - learningRate * weightDecay; default 0.01 */
  readonly weightDecay?: number;
  /** the learning rate grows linearly over this many steps; default 0 */
  readonly warmupSteps?: number;
  /** after this many steps the learning rate falls linearly to 0, over `decaySteps`; default: never */
  readonly decayFrom?: number;
  readonly decaySteps?: number;
  /**
   * Decay of an exponential moving average of the weights, kept beside them; over the first steps t at most
   * (1 + t) / (10 + t), so that it is not stuck at the start. Default: none is kept
   */
  readonly ema?: number;
  /** gradients are scaled down to this global norm; default: no clipping */
  readonly clipNorm?: number;
}

/** The numbers of one step, float32 as the kernels take them. */
export interface AdamWStep {
  /** 1 - lr weightDecay */
  readonly decay: number;
  /** lr / (1 - beta1^t) */
  readonly step: number;
  /** 1 / sqrt(1 - beta2^t) */
  readonly unbias: number;
  /** the average's share of its old value; 0 without an average */
  readonly keep: number;
}

export function moments(options: AdamWOptions) {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    beta1: Math.fround(beta1),
    rest1: Math.fround(1 - beta1),
    beta2: Math.fround(beta2),
    rest2: Math.fround(1 - beta2),
    epsilon: Math.fround(epsilon),
  };
}

/** Learning rate of step t = 1, 2, ...: linear warm-up, constant, linear decay. */
export function learningRateAt(options: AdamWOptions, t: number): number {
  const { learningRate, warmupSteps = 0, decayFrom = Number.POSITIVE_INFINITY, decaySteps = 1 } = options;
  // the first step after `decayFrom` is still a whole one, so that the last one is not lost
  const falling = t > decayFrom ? Math.max(0, 1 - (t - decayFrom - 1) / decaySteps) : 1;
  return learningRate * Math.min(1, t / Math.max(1, warmupSteps), falling);
}

/** Schedule of step t = 1, 2, ... as torch.optim.AdamW has it (Loshchilov and Hutter 2019, algorithm 2). */
export function adamwStep(options: AdamWOptions, t: number): AdamWStep {
  const { beta1 = 0.9, beta2 = 0.999, weightDecay = 0.01, ema = 0 } = options;
  const rate = learningRateAt(options, t);
  return {
    decay: Math.fround(1 - rate * weightDecay),
    step: Math.fround(rate / (1 - beta1 ** t)),
    unbias: Math.fround(1 / Math.sqrt(1 - beta2 ** t)),
    keep: Math.fround(Math.min(ema, (1 + t) / (10 + t))),
  };
}

/** Factor that brings a gradient of this global norm down to `clipNorm` (torch.nn.utils.clip_grad_norm_). */
export function clipFactor(norm: number, clipNorm: number | undefined): number {
  return clipNorm === undefined ? 1 : Math.fround(Math.min(1, clipNorm / (norm + 1e-6)));
}

export interface AdamWState {
  readonly weight: Value;
  readonly gradient: Value;
  readonly mean: Value;
  readonly square: Value;
}

/**
 * AdamW as graph nodes, for state that lives on a GPU. schedule: scalars decay, step, unbias (see AdamWStep).
 * `decayed` false leaves the weight decay out.
 */
export function adamwNodes(
  g: GraphBuilder,
  state: AdamWState & { decayed: boolean },
  schedule: { decay: Value; step: Value; unbias: Value; scale?: Value },
  options: AdamWOptions,
): { weight: Value; mean: Value; square: Value } {
  const { beta1, rest1, beta2, rest2, epsilon } = moments(options);
  const gradient = schedule.scale ? g.mul(state.gradient, schedule.scale) : state.gradient;
  const mean = g.add(g.mul(state.mean, beta1), g.mul(gradient, rest1));
  const square = g.add(g.mul(state.square, beta2), g.mul(g.mul(gradient, gradient), rest2));
  const direction = g.div(mean, g.add(g.mul(g.sqrt(square), schedule.unbias), epsilon));
  const kept = state.decayed ? g.mul(state.weight, schedule.decay) : state.weight;
  return { weight: g.sub(kept, g.mul(direction, schedule.step)), mean, square };
}

/** The average after a step as nodes: keep average + (1 - keep) weight. */
export function averageNode(
  g: GraphBuilder,
  { average, weight }: { average: Value; weight: Value },
  keep: Value,
): Value {
  return g.add(g.mul(average, keep), g.mul(weight, g.sub(1, keep)));
}

/** min(1, clipNorm / (|gradients| + 1e-6)) as nodes. */
export function clipNodes(g: GraphBuilder, gradients: readonly Value[], clipNorm: number): Value {
  const squares = gradients.map((gradient) => g.reduceSum(g.mul(gradient, gradient)));
  const norm = g.sqrt(squares.reduce((sum, square) => g.add(sum, square)));
  return g.min(g.div(clipNorm, g.add(norm, 1e-6)), 1);
}
