import { Random } from "../onnx/random.ts";
import { at } from "../onnx/shape.ts";
import { type RewardData, rowCount } from "./training.ts";

/** The choices that section 3.1 leaves open, each with the reason for its default. */
export interface BootstrapOptions {
  /**
   * M, pseudo-positives and as many pseudo-negatives. The paper gives no number. Default `defaultM`: a tenth of the proxy
   * items, at most a tenth of the pool. Small, since how many good samples a generator makes is not known, and of what goes
   * beyond them every label is wrong: see ARCHITECTURE.md for what that cost.
   */
  readonly m?: number;
  /**
   * alpha in y = exp(-alpha r), above 0; "a tunable hyperparameter". Default ln 2: with the normalised rank the labels fall
   * from 1 to 1/2, so that all of D_f+ stays on the positive side, the last just so.
   */
  readonly alpha?: number;
  /**
   * Rank of the best sample. Default 1, as ranks are counted in words and in Fig. 2: no output of the generator is then
   * given the label 1 of a proxy item. 0 gives the best one exactly 1.
   */
  readonly rankFrom?: 0 | 1;
  /**
   * RAW: r = rank, as the formula stands. NORMALISED (default): r = rank / M, so that alpha means the same for every M; the
   * same labels as RAW with alpha / M.
   */
  readonly rankScale?: "RAW" | "NORMALISED";
  /**
   * LOWEST (default): the M lowest scores, for 3.2 calls both classes "confident". RANDOM: M of those below the top M, drawn by
   * the seed, for 3.1 says "lower-scoring" where it says "highest-scoring" of the others: nearer to what the generator
   * usually makes.
   */
  readonly pseudoNegatives?: "LOWEST" | "RANDOM";
}

const STREAM_OF_NEGATIVES = 5;

/** M where none is given: a tenth of the proxy items, at most a tenth of the pool, at least 1. */
export function defaultM(counts: { positives: number; pool: number }): number {
  return Math.max(1, Math.floor(Math.min(counts.positives, counts.pool) / 10));
}

/** Which samples of a pool join the training set, best (or lowest) first, and as what. */
export interface PseudoLabels {
  /** [M] indices into the pool, best first */
  readonly positives: Int32Array;
  /** [M] soft labels of the positives, falling, in (0, 1] */
  readonly labels: Float32Array;
  /** [M] indices into the pool; their label is 0 */
  readonly negatives: Int32Array;
}

/**
 * Rank-based bootstrapping (section 3.1): by logits [n] of a trained RPL, the M highest get y = exp(-alpha r) of their rank r,
 * M lower ones get 0. Equal logits keep the order of the pool. Throws unless 1 <= M <= n / 2, so that no sample is both, on
 * alpha <= 0, and on NaN, which has no rank.
 */
export function pseudoLabels(
  logits: Float32Array,
  options: BootstrapOptions & { readonly m: number; readonly seed: number },
): PseudoLabels {
  const { m, alpha = Math.LN2, rankFrom = 1, rankScale = "NORMALISED", pseudoNegatives = "LOWEST", seed } = options;
  const n = logits.length;
  if (!Number.isInteger(m) || m < 1 || 2 * m > n)
    throw new RangeError(`A pool of ${n} gives 1 to ${Math.floor(n / 2)} pseudo-positives, not ${m}.`);
  if (!(alpha > 0)) throw new RangeError(`alpha must be above 0, not ${alpha}.`);
  const unranked = logits.findIndex(Number.isNaN);
  if (unranked >= 0) throw new RangeError(`The logit of sample ${unranked} is not a number.`);
  const order = Int32Array.from(logits.keys()).sort((a, b) => at(logits, b) - at(logits, a) || a - b);
  const unit = rankScale === "RAW" ? 1 : 1 / m;
  const below = order.subarray(m);
  return {
    positives: order.slice(0, m),
    labels: Float32Array.from({ length: m }, (_, i) => Math.exp(-alpha * (i + rankFrom) * unit)),
    negatives:
      pseudoNegatives === "LOWEST"
        ? below.slice(-m).reverse()
        : Int32Array.from(new Random(seed, STREAM_OF_NEGATIVES).permutation(n - m).subarray(0, m), (i) => at(below, i)),
  };
}

/** Raw encoder features of D_f+ and D_f-, [M, W] each, with the labels of the first. */
export interface PseudoLabelledRows {
  readonly positives: Float32Array;
  readonly labels: Float32Array;
  readonly negatives: Float32Array;
}

/**
 * The second stage of section 3.1: the first stage's training on D = D_r + D_f+ + D_f-, from scratch, with the same seed and
 * hyperparameters, but one snapshot. D_f+ joins the class of the proxy items, so a batch stays half and half. The held-out rows are passed on and
 * nothing is taken from them: who chooses the pool keeps it apart from them.
 */
export function bootstrapTraining<T extends RewardData>(first: T, pseudo: PseudoLabelledRows): T {
  const { width, positives, negatives, positiveLabels, negativeLabels, hyperparameters } = first;
  const hard = (rows: Float32Array, label: number) => new Float32Array(rowCount(rows, width)).fill(label);
  return {
    ...first,
    positives: joined(positives, pseudo.positives),
    positiveLabels: joined(positiveLabels ?? hard(positives, 1), pseudo.labels),
    negatives: joined(negatives, pseudo.negatives),
    negativeLabels: negativeLabels && joined(negativeLabels, hard(pseudo.negatives, 0)),
    // nothing is made of what a second stage was like on its way
    hyperparameters: { ...hyperparameters, snapshots: 1 },
  };
}

/** Rows of a matrix [n, width], in the order of the indices. */
export function takeRows(rows: Float32Array, width: number, indices: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const start = at(indices, i) * width;
    taken.set(rows.subarray(start, start + width), i * width);
  }
  return taken;
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const all = new Float32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
