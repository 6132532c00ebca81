import {
  type TrainRewardModelInput,
  type TrainRewardModelResult,
  trainRewardModelInput,
} from "../../shared/jobs/train-reward-model.ts";
import { type Encoder, loadEncoder } from "../ml/encoders/encoder.ts";
import { exportFeatureModel, exportImageModel } from "../ml/reward/export.ts";
import type { HeldOutReport } from "../ml/reward/held-out-report.ts";
import { scoreHistograms } from "../ml/reward/score-histograms.ts";
import { applyStrategy, type StrategyModel } from "../ml/reward/strategies.ts";
import type { RewardRun } from "../ml/reward/train.ts";
import type { RewardProgress, RewardTraining } from "../ml/reward/training.ts";
import { writeRewardWeights } from "../ml/reward/weights-file.ts";
import type { JobHandler, JobRun } from "./handler.ts";
import { optionsOfBootstrap, rewardHyperparameters } from "./hyperparameters.ts";
import { bootstrapPool, trainingFeatures } from "./training-features.ts";
import { checkpointsOf, obtainRun } from "./training-run.ts";

const LOG = `mutation LogLosses($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }`;

const LOSS_POINTS_A_REQUEST = 500;

/** Both loss curves as metric points of the reward model. A resumed run sends equal points again, which changes nothing. */
async function logLosses(
  run: JobRun,
  { rewardModelId, encoder }: TrainRewardModelInput,
  { lossCurve, heldOutCurve }: RewardRun,
): Promise<void> {
  const series = { loss: lossCurve, held_out_loss: heldOutCurve };
  const points = Object.entries(series).flatMap(([name, curve]) =>
    curve.map(({ step, loss }) => ({
      subject: "REWARD_MODEL",
      subjectId: rewardModelId,
      name,
      direction: "LOWER",
      provenance: { computedBy: "RPL training", encoder, provider: run.provider },
      step,
      value: loss,
    })),
  );
  for (let i = 0; i < points.length; i += LOSS_POINTS_A_REQUEST)
    await run.client.ask(LOG, { input: { points: points.slice(i, i + LOSS_POINTS_A_REQUEST) } });
}

/** A part of the job's progress: from 0 to 1 within it. */
type Stage = (share: number, message: string) => void;
const stage =
  (run: JobRun, from: number, to: number): Stage =>
  (share, message) =>
    run.report(from + (to - from) * share, message);
const ofSteps =
  (show: Stage, title: string) =>
  ({ step, steps, loss }: RewardProgress) =>
    show(step / steps, `${title}step ${step} of ${steps}, loss ${loss.toFixed(4)}`);

const heldOutResult = (report: HeldOutReport): TrainRewardModelResult["heldOut"] => {
  const { auc, aucInterval, accuracy, ece, brier, n, reliability, roc } = report;
  const [aucLow, aucHigh] = aucInterval;
  return { auc, aucLow, aucHigh, accuracy, ece, brier, n, reliability: [...reliability], roc: [...roc] };
};

/** The model's files, uploaded. The weights of a VOTING model are the run's own file. */
async function uploadModel(run: JobRun, encoder: Encoder, model: StrategyModel, runFile: string) {
  const { members, step } = model;
  const upload = (bytes: Uint8Array, name: string) => run.client.upload(new Uint8Array(bytes), "MODEL", name);
  const image = exportImageModel(await encoder.imageModel(), members, encoder.preprocessing);
  const [weights] = members;
  if (!weights) throw new Error("The model has no weights.");
  return {
    weightsSha256: members.length > 1 ? runFile : await upload(writeRewardWeights(weights, step), "rpl.safetensors"),
    onnxSha256: await upload(exportFeatureModel(members), "features-to-score.onnx"),
    imageOnnxSha256: await upload(image, "image-to-score.onnx"),
  };
}

/**
 * Features of the training set, then the RPL on them (sections 3.1, 3.2) or a run of it that is there already, then what the
 * strategy makes of it (table 4), then the weights and the ONNX models as artifacts.
 */
export const trainRewardModel: JobHandler = async (run) => {
  const input = trainRewardModelInput.parse(run.input);
  const { rewardModelId, strategy } = input;
  const encoder = await loadEncoder(input.encoder, { provider: run.provider });
  const features = await trainingFeatures(
    run,
    encoder,
    { rewardModelId, noise: input.hyperparameters.passThroughNoise },
    stage(run, 0, 0.4),
  );
  const twice = strategy === "BOOTSTRAP";
  const training: RewardTraining = {
    ...features,
    width: 2 * encoder.width,
    provider: run.provider,
    hyperparameters: rewardHyperparameters(input.hyperparameters, input.seed),
    checkpoint: checkpointsOf(run, rewardModelId),
  };
  const first = await obtainRun(run, { ...training, onProgress: ofSteps(stage(run, 0.4, twice ? 0.6 : 0.95), "") });
  const model = await applyStrategy(strategy, {
    run: first.run,
    training: { ...training, onProgress: ofSteps(stage(run, 0.75, 0.95), "second stage, ") },
    pool: twice ? bootstrapPool(run, encoder, rewardModelId, stage(run, 0.6, 0.75)) : undefined,
    bootstrap: optionsOfBootstrap(input.hyperparameters.bootstrap),
  });
  const { bootstrap, heldOut } = model;
  if (bootstrap) run.log(`bootstrapped: M = ${bootstrap.m} of a pool of ${bootstrap.pool}`);
  const own = bootstrap?.trained ?? first.run;
  await logLosses(run, input, own);
  const histograms = await scoreHistograms(model.members, training);
  if (!heldOut || !histograms) throw new Error("There are no held-out images to measure the reward model against.");
  const { auc, accuracy, ece, n } = heldOut;
  run.log(`held out: AUC ${auc.toFixed(4)}, accuracy ${accuracy.toFixed(4)}, ECE ${ece.toFixed(4)}, n = ${n}`);
  const files = await uploadModel(run, encoder, model, first.sha256);
  await encoder.dispose();
  const result: TrainRewardModelResult = {
    ...files,
    runKey: first.key,
    trainedSteps: own.lossCurve.length,
    keptStep: model.step,
    bootstrap: bootstrap && { pool: bootstrap.pool, m: bootstrap.m },
    heldOut: heldOutResult(heldOut),
    scoreHistograms: histograms,
  };
  return result;
};
