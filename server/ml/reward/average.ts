import { GraphBuilder } from "../onnx/operators.ts";
import { Session, type SessionOptions } from "../onnx/session.ts";
import { at } from "../onnx/shape.ts";
import { inferenceForward, inputsOf, type RewardWeights, widthOf } from "./rpl.ts";

/** Rows per run: larger batches leave the cache. */
const BATCH = 256;

/** Raw encoder features that a run was trained on, [Np, W] and [Nn, W]. */
export interface TrainingRows {
  readonly positives: Float32Array;
  readonly negatives: Float32Array;
}

/**
 * The strategy AVERAGE of table 4: every weight and bias is the mean of the members' (in float64, rounded once), as in
 * stochastic weight averaging (Izmailov et al. 2018, section 3). Running statistics are no weights, and those of the members
 * do not fit the mean of their weights, so they are re-estimated on the training rows (`estimateStatistics`).
 * Throws without members, and where they differ in width or in the affine, since then they are of several runs.
 */
export async function averageWeights(
  members: readonly RewardWeights[],
  rows: TrainingRows,
  options: SessionOptions = {},
): Promise<RewardWeights> {
  const first = at(members, 0);
  const width = widthOf(first);
  if (members.some((weights) => widthOf(weights) !== width)) throw new Error("The members have different widths.");
  const mean = new Map(
    [...first].map(([name, { shape, data }]) => {
      const all = members.map((weights) => weights.get(name)?.data ?? new Float32Array(0));
      if (name.startsWith("input.") && all.some((other) => Buffer.compare(bytesOf(other), bytesOf(data)) !== 0))
        throw new Error(`The members are not of one run: their ${name} differs.`);
      return [name, { shape, data: meanOf(all) }];
    }),
  );
  return estimateStatistics(mean, rows, options);
}

/** Elements summed at a time: their sums stay in the first cache. */
const BLOCK = 2048;

/** Element by element, summed in float64. Plain loops: millions of elements, a callback for each takes a second. */
function meanOf(all: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(at(all, 0).length);
  const sums = new Float64Array(BLOCK);
  for (let start = 0; start < mean.length; start += BLOCK) {
    const length = Math.min(BLOCK, mean.length - start);
    sums.fill(0);
    for (const values of all) {
      for (let i = 0; i < length; i++) sums[i] = (sums[i] ?? 0) + (values[start + i] ?? 0);
    }
    for (let i = 0; i < length; i++) mean[start + i] = (sums[i] ?? 0) / all.length;
  }
  return mean;
}

/**
 * The same weights with running statistics of exactly these rows: norm1's first, then norm2's of what norm1 gives with its new
 * ones. Not of batches, so there is no momentum and no order. Both classes count as much as each other, whatever their sizes,
 * since batches are half of each: with row weights w_i = 1 / (2 N_class), mean = sum w x and, as PyTorch's running_var,
 * the unbiased variance sum w (x - mean)^2 / (1 - sum w^2), which is n / (n - 1) times the biased one where the classes are of
 * one size. Without dropout, as scoring runs: the rows normalised are then those that were measured (in training norm2 also
 * sees dropout's noise, and its running variance is larger by it; Li et al. 2018, arXiv:1801.05134).
 */
export async function estimateStatistics(
  weights: RewardWeights,
  rows: TrainingRows,
  options: SessionOptions = {},
): Promise<RewardWeights> {
  const norm1 = await measured(weights, "norm1", rows, options);
  return measured(norm1, "norm2", rows, options);
}

async function measured(
  weights: RewardWeights,
  norm: "norm1" | "norm2",
  { positives, negatives }: TrainingRows,
  options: SessionOptions,
): Promise<RewardWeights> {
  const width = widthOf(weights);
  const size = at(weights.get(`${norm}.running_mean`)?.shape ?? [], 0);
  const g = new GraphBuilder();
  const { values, feeds } = inputsOf(g, weights);
  g.output("rows", inferenceForward(g, g.input("features", [1, width]), values)[`${norm}Input`]);
  const session = await Session.create(g.encode({ anySize: true }), options);
  const moments = new WeightedMoments(size);
  try {
    for (const features of [positives, negatives]) {
      const n = features.length / width;
      for (let start = 0; start < n; start += BATCH) {
        const count = Math.min(BATCH, n - start);
        const data = features.subarray(start * width, (start + count) * width);
        const { rows } = await session.run({ ...feeds, features: { dtype: "float32", shape: [count, width], data } });
        if (!(rows?.data instanceof Float32Array)) throw new Error(`The input of ${norm} is not float32.`);
        moments.add(rows.data, 1 / (2 * n));
      }
    }
  } finally {
    await session.dispose();
  }
  return new Map(weights)
    .set(`${norm}.running_mean`, { shape: [size], data: Float32Array.from(moments.mean) })
    .set(`${norm}.running_var`, { shape: [size], data: moments.variance() });
}

/** Mean and variance per column of weighted rows, in float64, by West's update (1979): no cancellation. */
class WeightedMoments {
  readonly mean: Float64Array;
  private readonly squares: Float64Array;
  private weight = 0;
  private weightSquares = 0;

  constructor(private readonly size: number) {
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** rows [n, size], each of weight w */
  add(rows: Float32Array, w: number): void {
    const { size, mean, squares } = this;
    for (let start = 0; start < rows.length; start += size) {
      this.weight += w;
      this.weightSquares += w * w;
      const share = w / this.weight;
      for (let k = 0; k < size; k++) {
        const value = rows[start + k] ?? 0;
        const before = mean[k] ?? 0;
        const now = before + share * (value - before);
        mean[k] = now;
        squares[k] = (squares[k] ?? 0) + w * (value - before) * (value - now);
      }
    }
  }

  /** unbiased, for weights that say how much a row counts */
  variance(): Float32Array {
    return Float32Array.from(this.squares, (sum) => sum / (this.weight - this.weightSquares / this.weight));
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
