import type { RewardModelStrategy } from "../../../shared/enums.ts";
import { averageWeights } from "./average.ts";
import {
  type BootstrapOptions,
  bootstrapTraining,
  defaultM,
  type PseudoLabels,
  pseudoLabels,
  takeRows,
} from "./bootstrapping.ts";
import { type HeldOutReport, measureHeldOut } from "./held-out-report.ts";
import type { RewardWeights } from "./rpl.ts";
import { RewardScorer } from "./score.ts";
import { type RewardRun, type TrainedReward, trainRewardModel } from "./train.ts";
import { type RewardTraining, rowCount } from "./training.ts";

/** A pool of raw encoder features that bootstrapping draws from, in an order that does not change. */
export interface Pool {
  /** positive logits [n] of a model for all n samples */
  score(scorer: RewardScorer): Promise<Float32Array>;
  /** [n, W] features of some samples, in the order of the indices */
  rows(indices: Int32Array): Float32Array | Promise<Float32Array>;
}

/** A pool whose features [n, W] are all in memory. */
export function poolOf(features: Float32Array, width: number): Pool {
  return {
    score: async (scorer) => (await scorer.score(features)).logits,
    rows: (indices) => takeRows(features, width, indices),
  };
}

export interface StrategyModel {
  /** one set of weights, and for VOTING one per snapshot */
  readonly members: readonly RewardWeights[];
  /** step of the (last) weights */
  readonly step: number;
  readonly heldOut: HeldOutReport | null;
  /** BOOTSTRAP's second stage and what it was given */
  readonly bootstrap: {
    readonly trained: TrainedReward;
    /** samples it had to choose from */
    readonly pool: number;
    readonly m: number;
    readonly pseudo: PseudoLabels;
  } | null;
}

/**
 * The model that a strategy of table 4 makes of a training run: NAIVE its last snapshot, AVERAGE the mean of all, VOTING all,
 * BOOTSTRAP a second training that its last snapshot labels (whose progress, checkpoints and signal are those of `training`).
 * All four from one run, so that they differ in nothing else. BOOTSTRAP throws without a pool.
 */
export async function applyStrategy(
  strategy: RewardModelStrategy | `${RewardModelStrategy}`,
  from: { training: RewardTraining; run: RewardRun; pool?: Pool; bootstrap?: BootstrapOptions },
): Promise<StrategyModel> {
  const { training, run } = from;
  const last = run.snapshots.at(-1);
  if (!last) throw new Error("A run without snapshots makes no model.");
  if (strategy === "BOOTSTRAP") return bootstrapped(last.weights, from);
  const all = run.snapshots.map(({ weights }) => weights);
  const members = {
    NAIVE: () => [last.weights],
    AVERAGE: async () => [await averageWeights(all, training, training)],
    VOTING: () => all,
  };
  const chosen = await members[strategy]();
  return { members: chosen, step: last.step, heldOut: await measureHeldOut(chosen, training), bootstrap: null };
}

async function bootstrapped(
  naive: RewardWeights,
  { training, pool, bootstrap = {} }: { training: RewardTraining; pool?: Pool; bootstrap?: BootstrapOptions },
): Promise<StrategyModel> {
  if (!pool) throw new Error("Bootstrapping needs a pool of samples that no other part of the training uses.");
  const scorer = await RewardScorer.create([naive], training);
  const logits = await pool.score(scorer).finally(() => scorer.dispose());
  const positives = rowCount(training.positives, training.width);
  const m = bootstrap.m ?? defaultM({ positives, pool: logits.length });
  const pseudo = pseudoLabels(logits, { ...bootstrap, m, seed: training.hyperparameters.seed });
  const rows = {
    positives: await pool.rows(pseudo.positives),
    labels: pseudo.labels,
    negatives: await pool.rows(pseudo.negatives),
  };
  const trained = await trainRewardModel(bootstrapTraining(training, rows));
  return {
    members: [trained.weights],
    step: trained.step,
    heldOut: trained.heldOut,
    bootstrap: { trained, pool: logits.length, m, pseudo },
  };
}
