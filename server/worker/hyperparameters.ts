import type { BootstrapSettings, Hyperparameters } from "../../shared/jobs/train-reward-model.ts";
import type { BootstrapOptions } from "../ml/reward/bootstrapping.ts";
import type { RewardHyperparameters } from "../ml/reward/training.ts";

/** Hyperparameters of the API as the training takes them: there null says "by default". */
export function rewardHyperparameters(given: Hyperparameters, seed: number): RewardHyperparameters {
  const { steps, batchSize, learningRate, weightDecay, warmupSteps, dropout } = given;
  const { earlyStoppingPatience: patience, evaluateEverySteps, snapshots } = given;
  return {
    ...{ steps, batchSize, learningRate, weightDecay, warmupSteps, dropout },
    snapshots: snapshots ?? undefined,
    evaluateEverySteps: evaluateEverySteps ?? undefined,
    earlyStopping: patience === null ? undefined : { patience },
    seed,
  };
}

/** As above, of bootstrapping; null: all by default. */
export const optionsOfBootstrap = (given: BootstrapSettings | null): BootstrapOptions =>
  given ? { ...given, m: given.m ?? undefined } : {};
