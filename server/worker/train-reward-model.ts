import {
  type TrainRewardModelInput,
  type TrainRewardModelResult,
  trainRewardModelInput,
} from "../../shared/jobs/train-reward-model.ts";
import { loadEncoder } from "../ml/encoders/encoder.ts";
import { exportFeatureModel, exportImageModel } from "../ml/reward/export.ts";
import { type TrainedReward, trainRewardModel as train } from "../ml/reward/train.ts";
import { writeRewardWeights } from "../ml/reward/weights-file.ts";
import { featuresOf } from "./features.ts";
import type { JobHandler, JobRun } from "./handler.ts";

interface TrainingSet {
  positives: string[];
  negatives: string[];
  heldOutPositives: string[];
  heldOutNegatives: string[];
}

const TRAINING_SET = `query TrainingSet($id: ID!) {
  rewardModel(id: $id) { trainingSet { positives negatives heldOutPositives heldOutNegatives } } }`;
const LOG = `mutation LogLosses($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }`;

const CHECKPOINT_EVERY = 100;
const LOSS_POINTS_A_REQUEST = 500;

/** Both loss curves as metric points of the reward model. A resumed run sends equal points again, which changes nothing. */
async function logLosses(
  run: JobRun,
  { rewardModelId, encoder }: TrainRewardModelInput,
  { lossCurve, heldOutCurve, provider }: TrainedReward,
): Promise<void> {
  const series = { loss: lossCurve, held_out_loss: heldOutCurve };
  const points = Object.entries(series).flatMap(([name, curve]) =>
    curve.map(({ step, loss }) => ({
      subject: "REWARD_MODEL",
      subjectId: rewardModelId,
      name,
      direction: "LOWER",
      provenance: { computedBy: "RPL training", encoder, provider },
      step,
      value: loss,
    })),
  );
  for (let i = 0; i < points.length; i += LOSS_POINTS_A_REQUEST)
    await run.client.ask(LOG, { input: { points: points.slice(i, i + LOSS_POINTS_A_REQUEST) } });
}

/** Features of the training set, then the RPL on them (sections 3.1, 3.2), then the weights and the ONNX model as artifacts. */
export const trainRewardModel: JobHandler = async (run) => {
  const input = trainRewardModelInput.parse(run.input);
  const { rewardModelId, hyperparameters, seed } = input;
  const { rewardModel } = await run.client.ask<{ rewardModel: { trainingSet: TrainingSet } }>(TRAINING_SET, {
    id: rewardModelId,
  });
  const set = rewardModel.trainingSet;
  const parts = [set.positives, set.negatives, set.heldOutPositives, set.heldOutNegatives];
  const hashes = parts.flat();
  run.log(
    `training set: ${parts.map((part) => part.length).join(" + ")} images (proxy, generated, held-out proxy, held-out generated)`,
  );
  const encoder = await loadEncoder(input.encoder, { provider: run.provider });
  const matrix = await featuresOf(run.client, encoder, hashes, {
    onProgress: (done) => run.report((0.5 * done) / hashes.length, `encoding ${done} of ${hashes.length} images`),
  });
  const width = 2 * encoder.width;
  let from = 0;
  const [positives, negatives, heldOutPositives, heldOutNegatives] = parts.map((part) => {
    const rows = matrix.subarray(from * width, (from + part.length) * width);
    from += part.length;
    return rows;
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  // a run goes on bit for bit only where it began
  const last = run.checkpoint?.provider === run.provider ? run.checkpoint.sha256 : undefined;
  if (last) run.log(`resuming from step ${run.checkpoint?.step}`);
  const { earlyStoppingPatience: patience } = hyperparameters;
  const trained = await train({
    positives,
    negatives,
    heldOutPositives,
    heldOutNegatives,
    width,
    provider: run.provider,
    hyperparameters: {
      ...hyperparameters,
      evaluateEverySteps: hyperparameters.evaluateEverySteps ?? undefined,
      earlyStopping: patience === null ? undefined : { patience },
      seed,
    },
    checkpoint: {
      resumeFrom: typeof last === "string" ? await run.client.download(last) : undefined,
      everySteps: CHECKPOINT_EVERY,
      save: async (bytes, step) => {
        const sha256 = await run.client.upload(
          new Uint8Array(bytes),
          "CHECKPOINT",
          `${rewardModelId}-${step}.safetensors`,
        );
        run.saveCheckpoint({ sha256, step, provider: run.provider });
      },
    },
    onProgress: ({ step, steps, loss }) =>
      run.report(0.5 + (0.45 * step) / steps, `step ${step} of ${steps}, loss ${loss.toFixed(4)}`),
  });
  await logLosses(run, input, trained);
  if (trained.stoppedEarly) run.log(`stopped after step ${trained.lossCurve.length}, keeping step ${trained.step}`);
  if (!trained.heldOut) throw new Error("There are no held-out images to measure the reward model against.");
  const { auc, accuracy, ece, n } = trained.heldOut;
  run.log(`held out: AUC ${auc.toFixed(4)}, accuracy ${accuracy.toFixed(4)}, ECE ${ece.toFixed(4)}, n = ${n}`);
  const imageModel = exportImageModel(await encoder.imageModel(), [trained.weights], encoder.preprocessing);
  await encoder.dispose();
  const upload = (bytes: Uint8Array, name: string) => run.client.upload(new Uint8Array(bytes), "MODEL", name);
  const result: TrainRewardModelResult = {
    weightsSha256: await upload(writeRewardWeights(trained.weights, trained.step), "rpl.safetensors"),
    onnxSha256: await upload(exportFeatureModel([trained.weights]), "features-to-score.onnx"),
    imageOnnxSha256: await upload(imageModel, "image-to-score.onnx"),
    trainedSteps: trained.lossCurve.length,
    keptStep: trained.step,
    heldOut: { auc, accuracy, ece, n },
  };
  return result;
};
