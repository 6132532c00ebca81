import { Session, type SessionOptions, type TensorValue } from "../onnx/session.ts";
import { at } from "../onnx/shape.ts";
import { scoringGraph } from "./export.ts";
import { type RewardWeights, widthOf } from "./rpl.ts";

export interface Scores {
  /** [n] the positive logit z_real; of several members the logit of their mean score. Does not saturate as a score does. */
  readonly logits: Float32Array;
  /** [n] r(x) = sigma(z_real), in (0, 1); of several members the mean. 0 or 1 only where float32 rounds so (|logit| > 16 or so) */
  readonly scores: Float32Array;
  /** [n] positive logits of each member */
  readonly members: readonly Float32Array[];
}

/** Rows per run: larger batches leave the cache. */
const BATCH = 256;

/** A reward model loaded for scoring, of one set of weights or several (VOTING); keep it over many calls, and dispose of it. */
export class RewardScorer {
  private constructor(
    private readonly session: Session,
    private readonly weights: Record<string, TensorValue>,
    readonly width: number,
    private readonly members: number,
  ) {}

  /** Throws without members and where their widths differ. */
  static async create(members: readonly RewardWeights[], options: SessionOptions = {}): Promise<RewardScorer> {
    const { model, weights } = scoringGraph(members);
    return new RewardScorer(await Session.create(model, options), weights, widthOf(at(members, 0)), members.length);
  }

  /** features [n, W] raw encoder features, row after row. Throws where the length is no multiple of W. */
  async score(features: Float32Array): Promise<Scores> {
    const { width, members: c } = this;
    const n = features.length / width;
    if (!Number.isInteger(n)) throw new Error(`${features.length} numbers are no rows of width ${width}.`);
    const members = Array.from({ length: c }, () => new Float32Array(n));
    const result = { logits: new Float32Array(n), scores: new Float32Array(n), members };
    for (let start = 0; start < n; start += BATCH) {
      const rows = Math.min(BATCH, n - start);
      const data = features.subarray(start * width, (start + rows) * width);
      const input: TensorValue = { dtype: "float32", shape: [rows, width], data };
      const outputs = await this.session.run({ ...this.weights, features: input });
      const [logit, score, logits] = [outputs.logit?.data, outputs.score?.data, outputs.logits?.data];
      if (!(logit instanceof Float32Array && score instanceof Float32Array && logits instanceof Float32Array)) {
        throw new Error("The reward model's outputs are not float32.");
      }
      result.logits.set(logit, start);
      result.scores.set(score, start);
      for (let i = 0; i < rows; i++) {
        for (const [j, member] of members.entries()) member[start + i] = at(logits, 2 * (i * c + j) + 1);
      }
    }
    return result;
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** Scores all rows of features [n, W] by one set of weights or several. */
export async function scoreFeatures(
  members: readonly RewardWeights[],
  features: Float32Array,
  options: SessionOptions = {},
): Promise<Scores> {
  const scorer = await RewardScorer.create(members, options);
  try {
    return await scorer.score(features);
  } finally {
    await scorer.dispose();
  }
}
