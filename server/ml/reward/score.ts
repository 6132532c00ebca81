import { Session, type SessionOptions } from "../onnx/session.ts";
import { exportFeatureModel } from "./export.ts";
import { type RewardWeights, widthOf } from "./rpl.ts";

export interface Scores {
  /** [n] z_real, the positive logit */
  readonly logits: Float32Array;
  /** [n] r(x) = sigma(z_real), in (0, 1); 0 or 1 only where float32 rounds so (|logit| > 16 or so) */
  readonly scores: Float32Array;
}

/** Rows per run: larger batches leave the cache. */
const BATCH = 256;

/** A reward model loaded for scoring; keep it over many calls, and dispose of it. */
export class RewardScorer {
  private constructor(
    private readonly session: Session,
    readonly width: number,
  ) {}

  static async create(weights: RewardWeights, options: SessionOptions = {}): Promise<RewardScorer> {
    return new RewardScorer(await Session.create(exportFeatureModel(weights), options), widthOf(weights));
  }

  /** features [n, W] raw encoder features, row after row. Throws where the length is no multiple of W. */
  async score(features: Float32Array): Promise<Scores> {
    const { width } = this;
    const n = features.length / width;
    if (!Number.isInteger(n)) throw new Error(`${features.length} numbers are no rows of width ${width}.`);
    const result = { logits: new Float32Array(n), scores: new Float32Array(n) };
    for (let start = 0; start < n; start += BATCH) {
      const rows = Math.min(BATCH, n - start);
      const data = features.subarray(start * width, (start + rows) * width);
      const { logit, score } = await this.session.run({ features: { dtype: "float32", shape: [rows, width], data } });
      if (!(logit?.data instanceof Float32Array) || !(score?.data instanceof Float32Array)) {
        throw new Error("The reward model's outputs are not float32.");
      }
      result.logits.set(logit.data, start);
      result.scores.set(score.data, start);
    }
    return result;
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** Scores all rows of features [n, W]. For repeated calls keep a RewardScorer: loading takes tens of milliseconds. */
export async function scoreFeatures(
  weights: RewardWeights,
  features: Float32Array,
  options: SessionOptions = {},
): Promise<Scores> {
  const scorer = await RewardScorer.create(weights, options);
  try {
    return await scorer.score(features);
  } finally {
    await scorer.dispose();
  }
}
