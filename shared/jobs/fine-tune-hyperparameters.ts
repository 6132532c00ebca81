/** Hyperparameters of post-training the embedded policy (paper section 3.3). */
export interface SftHyperparameters {
  /** optimiser steps, >= 1 */
  readonly steps: number;
  /** images a step, real ones included */
  readonly batch: number;
  /** AdamW's, after a linear warm-up over a tenth of the steps */
  readonly learningRate: number;
  /** decay of the exponential moving average of the weights, which is the result; 0 = the last weights */
  readonly ema: number;
  /** share of a batch that is real images (the proxy data), in [0, 1): a guard against drifting off; 0 = none */
  readonly realShare: number;
}

export interface DpoHyperparameters {
  readonly steps: number;
  /** pairs a step */
  readonly batch: number;
  readonly learningRate: number;
  /** of Diffusion-DPO: how fast preference saturates in the difference of errors, which here is a mean over numbers of an image */
  readonly beta: number;
  readonly ema: number;
  /** real images of a step as a share of its pairs, trained on as in SFT beside the pairs; 0 = none */
  readonly realShare: number;
}

/** As looked at in server/ml/post-training/ARCHITECTURE.md: what moved the style over several rounds and left the drawings whole. */
export const SFT_DEFAULTS: SftHyperparameters = {
  steps: 300,
  batch: 24,
  learningRate: 1e-4,
  ema: 0.99,
  realShare: 0.5,
};

export const DPO_DEFAULTS: DpoHyperparameters = {
  steps: 160,
  batch: 12,
  learningRate: 3e-5,
  beta: 1000,
  ema: 0.99,
  realShare: 0.5,
};
