import { learningRateAt } from "../onnx/adamw.ts";
import type { Provider } from "../onnx/session.ts";
import { at } from "../onnx/shape.ts";
import type { Trainer, TrainingState } from "../onnx/trainer.ts";
import { BalancedBatches, type LabelledRows } from "./batches.ts";
import type { Curve } from "./curve.ts";
import { type HeldOutReport, measureHeldOut } from "./held-out-report.ts";
import { History, type Snapshot } from "./history.ts";
import { hiddenWidth, type RewardWeights, rewardTensorShapes } from "./rpl.ts";
import { withRplTrainer } from "./rpl-trainer.ts";
import { checkpointBytes, resume, runKey } from "./run-checkpoint.ts";
import { RewardScorer } from "./score.ts";
import { type Affine, applyAffine, fitStandardisation, identityAffine } from "./standardise.ts";
import { heldOutRows, type Plan, planOf, type RewardTraining } from "./training.ts";

/** What a training run leaves behind: enough for NAIVE, AVERAGE and VOTING, and to draw its curves. */
export interface RewardRun {
  /** weights at regular steps, in order; the last are those the run is made for (the best with early stopping) */
  readonly snapshots: readonly Snapshot[];
  /** every step */
  readonly lossCurve: Curve;
  readonly heldOutCurve: Curve;
  /** fewer steps than planned: early stopping */
  readonly stoppedEarly: boolean;
}

export interface TrainedReward extends RewardRun {
  /** see run-checkpoint.ts */
  readonly key: string;
  /** of the last snapshot; named as in PyTorch, see rpl.ts */
  readonly weights: RewardWeights;
  /** of `weights`; null without held-out rows */
  readonly heldOut: HeldOutReport | null;
  /** step whose weights these are: the last, or the best with early stopping */
  readonly step: number;
  readonly provider: Provider;
  readonly threads: number;
}

/**
 * Trains the RPL of table 6 on features by binary cross-entropy (GAN-RM 3.2), half of each batch from each class.
 * The same input gives the same bytes, and so does a run resumed from one of its checkpoints.
 * Throws on empty classes, misshapen features, a checkpoint of another run, and on abort.
 */
export async function trainRewardModel(training: RewardTraining): Promise<TrainedReward> {
  const plan = planOf(training);
  const affine = plan.standardise
    ? fitStandardisation([training.positives, training.negatives], plan.width)
    : identityAffine(plan.width);
  return withRplTrainer(plan, async (trainer) => {
    const history = new History();
    const key = runKey(training, plan);
    await resume(training, { key, trainer, history });
    const batches = new BalancedBatches(classes(training, affine), { ...plan, hidden: hiddenWidth(plan.width) });
    await optimise({ training, plan, affine, key, trainer, history, batches });
    const snapshots = history.kept();
    const last = snapshots.at(-1);
    if (!last) throw new Error("A run without steps trains nothing.");
    return {
      key,
      snapshots,
      weights: last.weights,
      step: last.step,
      lossCurve: history.losses,
      heldOutCurve: history.heldOut,
      heldOut: await measureHeldOut([last.weights], training),
      stoppedEarly: trainer.step < plan.steps,
      provider: plan.provider,
      threads: plan.threads,
    };
  });
}

interface Run {
  readonly training: RewardTraining;
  readonly plan: Plan;
  readonly affine: Affine;
  readonly key: string;
  readonly trainer: Trainer;
  readonly history: History;
  readonly batches: BalancedBatches;
}

async function optimise(run: Run): Promise<void> {
  const { training, plan, trainer, history, batches } = run;
  const { everySteps, save } = training.checkpoint ?? {};
  while (trainer.step < plan.steps && !outOfPatience(plan, history)) {
    training.signal?.throwIfAborted();
    const loss = at(await trainer.run([batches.batch(trainer.step)]), 0);
    const { step } = trainer;
    assertFinite(loss, plan, step);
    history.losses.push({ step, loss });
    const due = plan.evaluateEvery !== null && (step % plan.evaluateEvery === 0 || step === plan.steps);
    const heldOutLoss = due ? await evaluate(run) : undefined;
    if (plan.snapshotSteps.includes(step)) history.snapshots.push({ step, weights: await weightsNow(run) });
    if (save && everySteps && step % everySteps === 0) await save(await checkpointBytes(run), step, run.key);
    await training.onProgress?.({ step, steps: plan.steps, loss, ...(heldOutLoss !== undefined && { heldOutLoss }) });
  }
}

/** Held-out loss now; with early stopping also keeps the weights when they are the best so far. */
async function evaluate(run: Run): Promise<number> {
  const { training, plan, trainer, history } = run;
  const weights = await weightsNow(run);
  const scorer = await RewardScorer.create([weights], plan);
  const heldOut = heldOutRows(training);
  if (!heldOut) throw new Error("There are no held-out rows.");
  const { logits: real } = await scorer.score(heldOut.positives);
  const { logits: fake } = await scorer.score(heldOut.negatives);
  await scorer.dispose();
  const loss = meanLoss(real, fake);
  assertFinite(loss, plan, trainer.step);
  history.heldOut.push({ step: trainer.step, loss });
  if (plan.patience !== null && loss < (history.best?.loss ?? Number.POSITIVE_INFINITY)) {
    history.best = { step: trainer.step, loss, weights };
  }
  return loss;
}

/** A run that has diverged comes to nothing, and its numbers could not be stored. */
function assertFinite(loss: number, plan: Plan, step: number): void {
  if (Number.isFinite(loss)) return;
  const rate = learningRateAt(plan, step);
  throw new Error(`The loss of step ${step} is ${loss} at a learning rate of ${rate}: lower learningRate.`);
}

function outOfPatience(plan: Plan, { best, heldOut }: History): boolean {
  if (plan.patience === null || !best) return false;
  return heldOut.filter(({ step }) => step > best.step).length >= plan.patience;
}

/** Binary cross-entropy of the positive logit, both classes with equal weight. */
function meanLoss(real: Float32Array, fake: Float32Array): number {
  const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const mean = (logits: Float32Array, sign: number): number =>
    logits.reduce((sum, logit) => sum + softplus(sign * logit), 0) / logits.length;
  return (mean(real, -1) + mean(fake, 1)) / 2;
}

async function weightsNow({ plan, affine, trainer }: Run): Promise<RewardWeights> {
  return weightsOf(await trainer.readState({ moments: false }), affine, plan.width);
}

function weightsOf(state: TrainingState, affine: Affine, width: number): RewardWeights {
  const own = new Map([
    ["input.mean", { shape: [width], data: affine.mean }],
    ["input.scale", { shape: [width], data: affine.scale }],
  ]);
  return new Map(
    [...rewardTensorShapes(width).keys()].map((name) => {
      const tensor = own.get(name) ?? state.tensors.get(name);
      if (!tensor) throw new Error(`The trainer has no "${name}".`);
      return [name, tensor];
    }),
  );
}

function classes(training: RewardTraining, affine: Affine): { positives: LabelledRows; negatives: LabelledRows } {
  const { positives, negatives, positiveLabels, negativeLabels } = training;
  return {
    positives: { rows: applyAffine(affine, positives), labels: positiveLabels ?? 1 },
    negatives: { rows: applyAffine(affine, negatives), labels: negativeLabels ?? 0 },
  };
}
