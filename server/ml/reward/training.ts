import type { Provider } from "../onnx/session.ts";
import { DROPOUT, hiddenWidth } from "./rpl.ts";

export interface RewardHyperparameters {
  /** optimiser steps; or `epochs`, passes over the larger class; default 300 steps */
  readonly steps?: number;
  readonly epochs?: number;
  /** rows of a batch, even: half of each class; default 64 */
  readonly batchSize?: number;
  /** AdamW's, after warm-up; default 5e-4 */
  readonly learningRate?: number;
  /** decoupled, of every parameter; default 0.01 */
  readonly weightDecay?: number;
  /** linear; default a tenth of the steps, at most 30 */
  readonly warmupSteps?: number;
  /** share of hidden units dropped; default 0.2 (table 6) */
  readonly dropout?: number;
  /**
   * true: features are brought to mean 0 and deviation 1 by an affine fitted on the training rows and kept with the weights.
   * Default true: encoder features of very different scales train badly. See rpl.ts.
   */
  readonly standardise?: boolean;
  /**
   * Weights kept at c regular steps, for the strategies of table 4: after round(i * steps / c) steps, i = 1..c, so the last
   * at the last step. Default 4 (the paper gives no number), fewer in a run of fewer steps.
   */
  readonly snapshots?: number;
  /**
   * Stop when the held-out loss has not improved for `patience` evaluations, and keep the best weights as the last snapshot
   * (see History.kept: the snapshots are then fewer, and not evenly spaced). Default: off.
   */
  readonly earlyStopping?: { readonly patience: number };
  /** steps between held-out evaluations; default: 20 in a run */
  readonly evaluateEverySteps?: number;
  readonly seed: number;
}

/** What a reward model is trained on, and how. */
export interface RewardData {
  /** 2D: numbers in a row */
  readonly width: number;
  /** [Np, 2D] rows of the proxy data, [Nn, 2D] rows of the generator; raw encoder features */
  readonly positives: Float32Array;
  readonly negatives: Float32Array;
  /** soft labels in [0, 1] per row; default 1 and 0 */
  readonly positiveLabels?: Float32Array;
  readonly negativeLabels?: Float32Array;
  /** never trained on; both may be left out, then there is no held-out curve and report */
  readonly heldOutPositives?: Float32Array;
  readonly heldOutNegatives?: Float32Array;
  readonly hyperparameters: RewardHyperparameters;
  readonly provider?: Provider;
  /** default 2; part of what fixes the bytes of the result */
  readonly threads?: number;
}

export interface RewardTraining extends RewardData {
  readonly onProgress?: (progress: RewardProgress) => void | Promise<void>;
  readonly checkpoint?: {
    /**
     * Bytes that `save` was given in an interrupted run of the same data and hyperparameters; or what finds them by the key of
     * the run (run-checkpoint.ts), for who does not know yet which run it will be. Bytes of another run are refused.
     */
    readonly resumeFrom?: Uint8Array | ((key: string) => Promise<Uint8Array | undefined>);
    readonly everySteps?: number;
    save?(bytes: Uint8Array, step: number, key: string): void | Promise<void>;
  };
  /** aborting stops between two steps with the signal's reason */
  readonly signal?: AbortSignal;
}

export interface RewardProgress {
  readonly step: number;
  readonly steps: number;
  /** of this step's batch, nats */
  readonly loss: number;
  /** present at steps where the held-out rows were evaluated */
  readonly heldOutLoss?: number;
}

export type Plan = ReturnType<typeof planOf>;

/** Hyperparameters with every default filled in. Throws on what can't be trained. */
export function planOf(training: RewardData) {
  const { width, hyperparameters: h } = training;
  hiddenWidth(width);
  const batchSize = h.batchSize ?? 64;
  if (batchSize % 2 !== 0 || batchSize < 4)
    throw new Error(`The batch size must be even and at least 4, not ${batchSize}.`);
  const rows = Math.max(rowCount(training.positives, width), rowCount(training.negatives, width));
  const steps = h.steps ?? (h.epochs === undefined ? 300 : Math.ceil((h.epochs * 2 * rows) / batchSize));
  const heldOut = heldOutRows(training);
  if (h.earlyStopping && !heldOut) throw new Error("Early stopping needs held-out rows of both classes.");
  return {
    width,
    batchSize,
    steps,
    learningRate: h.learningRate ?? 5e-4,
    weightDecay: h.weightDecay ?? 0.01,
    warmupSteps: h.warmupSteps ?? Math.min(30, Math.ceil(steps / 10)),
    dropout: h.dropout ?? DROPOUT,
    standardise: h.standardise ?? true,
    snapshotSteps: snapshotSteps(steps, h.snapshots ?? Math.min(4, steps)),
    patience: h.earlyStopping?.patience ?? null,
    evaluateEvery: heldOut ? Math.max(1, h.evaluateEverySteps ?? Math.ceil(steps / 20)) : null,
    seed: h.seed,
    provider: training.provider ?? "cpu",
    threads: training.threads ?? 2,
  };
}

/** Both held-out classes; null where one is missing. */
export function heldOutRows(training: RewardData): { positives: Float32Array; negatives: Float32Array } | null {
  const { heldOutPositives: positives, heldOutNegatives: negatives } = training;
  return positives?.length && negatives?.length ? { positives, negatives } : null;
}

/** Rows of a matrix. Throws where it has none, or a part of one. */
export function rowCount(rows: Float32Array, width: number): number {
  const n = rows.length / width;
  if (!Number.isInteger(n) || n === 0)
    throw new Error(`${rows.length} numbers are not one or more rows of width ${width}.`);
  return n;
}

function snapshotSteps(steps: number, c: number): number[] {
  if (!Number.isInteger(c) || c < 1 || c > steps)
    throw new Error(`A run of ${steps} steps has 1 to ${steps} snapshots, not ${c}.`);
  return Array.from({ length: c }, (_, i) => Math.round(((i + 1) * steps) / c));
}
