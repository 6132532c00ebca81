import type { Encoder } from "../ml/encoders/encoder.ts";
import type { Pool } from "../ml/reward/strategies.ts";
import { featuresOf } from "./features.ts";
import type { JobRun } from "./handler.ts";
import { passedThrough } from "./passed-through.ts";

const PARTS = ["positives", "negatives", "heldOutPositives", "heldOutNegatives"] as const;
type TrainingSet = Record<(typeof PARTS)[number], string[]>;
export type TrainingFeatures = Record<(typeof PARTS)[number], Float32Array>;

const TRAINING_SET = `query TrainingSet($id: ID!) { rewardModel(id: $id) {
  round { policyIn { weights { sha256 } } } trainingSet { positives negatives heldOutPositives heldOutNegatives } } }`;
const POOL_SIZE = `query BootstrapPoolSize($id: ID!) { rewardModel(id: $id) { trainingSet { pool(first: 1) { totalCount } } } }`;
const POOL = `query BootstrapPool($id: ID!, $after: String) { rewardModel(id: $id) { trainingSet {
  pool(first: 1000, after: $after) { nodes { sha256 } pageInfo { endCursor hasNextPage } } } } }`;

interface SetAnswer {
  rewardModel: {
    round: { policyIn: { weights: { sha256: string } | null } };
    trainingSet: TrainingSet;
  };
}

interface PoolAnswer {
  rewardModel: {
    trainingSet: {
      pool: {
        totalCount: number;
        nodes: { sha256: string }[];
        pageInfo: { endCursor: string | null; hasNextPage: boolean };
      };
    };
  };
}

/** Raw features [n, 2D] of what a reward model is trained on and measured against. */
export async function trainingFeatures(
  run: JobRun,
  encoder: Encoder,
  { rewardModelId, noise }: { rewardModelId: string; noise: number | null },
  onProgress: (share: number, message: string) => void,
): Promise<TrainingFeatures> {
  const { rewardModel } = await run.client.ask<SetAnswer>(TRAINING_SET, { id: rewardModelId });
  const { trainingSet, round } = rewardModel;
  const set = await throughPolicy(run, trainingSet, { noise, weights: round.policyIn.weights });
  const parts = PARTS.map((name) => ({ name, hashes: set[name] }));
  const hashes = parts.flatMap((part) => part.hashes);
  const counts = parts.map((part) => part.hashes.length).join(" + ");
  run.log(`training set: ${counts} images (proxy, generated, held-out proxy, held-out generated)`);
  const matrix = await featuresOf(run.client, encoder, hashes, {
    onProgress: (done) => onProgress(done / hashes.length, `encoding ${done} of ${hashes.length} images`),
  });
  let from = 0;
  const rows = parts.map(({ name, hashes: { length } }) => {
    const start = from * 2 * encoder.width;
    from += length;
    return [name, matrix.subarray(start, from * 2 * encoder.width)] as const;
  });
  return Object.fromEntries(rows) as TrainingFeatures;
}

/** The set with its proxy images passed through the policy, where that is asked for. */
export async function throughPolicy<T extends Pick<TrainingSet, "positives" | "heldOutPositives">>(
  run: JobRun,
  set: T,
  { noise, weights }: { noise: number | null; weights: { sha256: string } | null },
): Promise<T> {
  if (noise === null) return set;
  if (!weights) throw new Error("passThroughNoise: the round's policy carries no weights.");
  const { positives, heldOutPositives } = set;
  const all = [...positives, ...heldOutPositives];
  const drawn = await passedThrough(run, all, { weightsSha256: weights.sha256, noise }, (done) =>
    run.report(0, `passed ${done} of ${all.length} proxy images through the policy`),
  );
  return { ...set, positives: drawn.slice(0, positives.length), heldOutPositives: drawn.slice(positives.length) };
}

/**
 * What bootstrapping draws from, a page at a time: of a pool of any size only the logits and the hashes are kept, and the
 * features of the chosen are asked for again, from the store.
 */
export function bootstrapPool(
  { client }: JobRun,
  encoder: Encoder,
  rewardModelId: string,
  onProgress: (share: number, message: string) => void,
): Pool {
  const hashes: string[] = [];
  return {
    async score(scorer) {
      const id = rewardModelId;
      const { totalCount } = poolOf(await client.ask<PoolAnswer>(POOL_SIZE, { id }));
      const logits: Float32Array[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const { nodes, pageInfo } = poolOf(await client.ask<PoolAnswer>(POOL, { id, after }));
        const page = nodes.map(({ sha256 }) => sha256);
        const features = await featuresOf(client, encoder, page, {
          onProgress: (done) => {
            const scored = hashes.length + done;
            onProgress(scored / totalCount, `scored ${scored} of the pool's ${totalCount}`);
          },
        });
        logits.push((await scorer.score(features)).logits);
        hashes.push(...page);
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
      }
      return Float32Array.from(logits.flatMap((page) => [...page]));
    },
    rows: (indices) =>
      featuresOf(
        client,
        encoder,
        Array.from(indices, (i) => hashes[i] ?? ""),
      ),
  };
}

const poolOf = ({ rewardModel }: PoolAnswer) => rewardModel.trainingSet.pool;
