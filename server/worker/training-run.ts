import { runKey } from "../ml/reward/run-checkpoint.ts";
import { readRewardRun, writeRewardRun } from "../ml/reward/run-file.ts";
import { type RewardRun, trainRewardModel } from "../ml/reward/train.ts";
import type { RewardTraining } from "../ml/reward/training.ts";
import type { JobRun } from "./handler.ts";

const CHECKPOINT_EVERY = 100;

const FIND = `query RewardTrainingRun($key: ID!) { rewardTrainingRun(key: $key) { file { sha256 } } }`;
const REGISTER = `mutation RegisterRewardTrainingRun($input: RegisterRewardTrainingRunInput!) {
  registerRewardTrainingRun(input: $input) { run { file { sha256 } } } }`;

interface Stored {
  /** null: let go, since nobody has wanted the run for long */
  file: { sha256: string } | null;
}

/**
 * Checkpoints of a job's trainings. The job has one at a time, that of the training under way, named by that training's key;
 * so a job of two trainings goes on in the one where it stopped, and one whose data have changed meanwhile starts anew.
 */
export function checkpointsOf(run: JobRun, name: string): NonNullable<RewardTraining["checkpoint"]> {
  const last = run.checkpoint;
  return {
    async resumeFrom(key) {
      if (last?.key !== key || typeof last.sha256 !== "string") return undefined;
      run.log(`resuming from step ${last.step}`);
      return run.client.download(last.sha256);
    },
    everySteps: CHECKPOINT_EVERY,
    async save(bytes, step, key) {
      const sha256 = await run.client.upload(new Uint8Array(bytes), "CHECKPOINT", `${name}-${step}.safetensors`);
      run.saveCheckpoint({ sha256, step, key });
    },
  };
}

/** A training run out of the store, or else trained here and stored for the next who wants it. */
export async function obtainRun(
  job: JobRun,
  training: RewardTraining,
): Promise<{ key: string; sha256: string; run: RewardRun }> {
  const key = runKey(training);
  const { rewardTrainingRun: known } = await job.client.ask<{ rewardTrainingRun: Stored | null }>(FIND, { key });
  if (known?.file) {
    job.log(`training run ${key.slice(0, 10)} is there already`);
    return { key, sha256: known.file.sha256, run: readRewardRun(await job.client.download(known.file.sha256)) };
  }
  const run = await trainRewardModel(training);
  if (run.stoppedEarly) job.log(`stopped after step ${run.lossCurve.length}, keeping step ${run.step}`);
  const fileSha256 = await job.client.upload(new Uint8Array(writeRewardRun(run)), "MODEL", "training-run.safetensors");
  const { registerRewardTrainingRun: stored } = await job.client.ask<{ registerRewardTrainingRun: { run: Stored } }>(
    REGISTER,
    {
      input: {
        key,
        fileSha256,
        trainedSteps: run.lossCurve.length,
        snapshotSteps: run.snapshots.map(({ step }) => step),
      },
    },
  );
  const sha256 = stored.run.file?.sha256 ?? fileSha256;
  // where another worker was faster its run counts, so that all models of the key are of one run
  return { key, sha256, run: sha256 === fileSha256 ? run : readRewardRun(await job.client.download(sha256)) };
}
