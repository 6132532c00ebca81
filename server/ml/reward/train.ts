import { createHash } from "node:crypto";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../checkpoint.ts";
import { learningRateAt } from "../onnx/adamw.ts";
import type { Provider } from "../onnx/session.ts";
import { at } from "../onnx/shape.ts";
import { createTrainer, type Trainer } from "../onnx/trainer.ts";
import { BalancedBatches, type LabelledRows } from "./batches.ts";
import { type HeldOutReport, heldOutReport } from "./held-out-report.ts";
import { History } from "./history.ts";
import { DROPOUT, hiddenWidth, type RewardWeights, rewardTensorShapes, rplTraining } from "./rpl.ts";
import { RewardScorer } from "./score.ts";
import { type Affine, applyAffine, fitStandardisation, identityAffine } from "./standardise.ts";

export interface RewardHyperparameters {
  /** optimiser steps; or `epochs`, passes over the larger class; default 300 steps */
  readonly steps?: number;
  readonly epochs?: number;
  /** rows of a batch, even: half of each class; default 64 */
  readonly batchSize?: number;
  /** AdamW's, after warm-up; default 5e-4 */
  readonly learningRate?: number;
  /** decoupled, of every parameter; default 0.01 */
  readonly weightDecay?: number;
  /** linear; default a tenth of the steps, at most 30 */
  readonly warmupSteps?: number;
  /** share of hidden units dropped; default 0.2 (table 6) */
  readonly dropout?: number;
  /**
   * true: features are brought to mean 0 and deviation 1 by an affine fitted on the training rows and kept with the weights.
   * Default true: encoder features of very different scales train badly. See rpl.ts.
   */
  readonly standardise?: boolean;
  /** Stop when the held-out loss has not improved for `patience` evaluations, and keep the best weights. Default: off. */
  readonly earlyStopping?: { readonly patience: number };
  /** steps between held-out evaluations; default: 20 in a run */
  readonly evaluateEverySteps?: number;
  readonly seed: number;
}

export interface RewardTraining {
  /** 2D: numbers in a row */
  readonly width: number;
  /** [Np, 2D] rows of the proxy data, [Nn, 2D] rows of the generator; raw encoder features */
  readonly positives: Float32Array;
  readonly negatives: Float32Array;
  /** soft labels in [0, 1] per row; default 1 and 0 */
  readonly positiveLabels?: Float32Array;
  readonly negativeLabels?: Float32Array;
  /** never trained on; both may be left out, then there is no held-out curve and report */
  readonly heldOutPositives?: Float32Array;
  readonly heldOutNegatives?: Float32Array;
  readonly hyperparameters: RewardHyperparameters;
  readonly onProgress?: (progress: RewardProgress) => void | Promise<void>;
  readonly checkpoint?: {
    /** bytes that `save` was given in an interrupted run of the same data and hyperparameters */
    readonly resumeFrom?: Uint8Array;
    readonly everySteps?: number;
    save?(bytes: Uint8Array, step: number): void | Promise<void>;
  };
  /** aborting stops between two steps with the signal's reason */
  readonly signal?: AbortSignal;
  readonly provider?: Provider;
  /** default 2; part of what fixes the bytes of the result */
  readonly threads?: number;
}

export interface RewardProgress {
  readonly step: number;
  readonly steps: number;
  /** of this step's batch, nats */
  readonly loss: number;
  /** present at steps where the held-out rows were evaluated */
  readonly heldOutLoss?: number;
}

export interface TrainedReward {
  /** named as in PyTorch; see rpl.ts */
  readonly weights: RewardWeights;
  /** every step */
  readonly lossCurve: readonly { step: number; loss: number }[];
  readonly heldOutCurve: readonly { step: number; loss: number }[];
  /** null without held-out rows */
  readonly heldOut: HeldOutReport | null;
  /** step whose weights these are: the last, or the best with early stopping */
  readonly step: number;
  readonly stoppedEarly: boolean;
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
  const program = rplTraining({ width: plan.width, batchSize: plan.batchSize, seed: plan.seed });
  const trainer = await createTrainer(program, { optimiser: plan, provider: plan.provider, threads: plan.threads });
  try {
    const history = new History();
    resume(training, plan, { trainer, history });
    const batches = new BalancedBatches(classes(training, affine), { ...plan, hidden: hiddenWidth(plan.width) });
    await optimise({ training, plan, affine, trainer, history, batches });
    const weights = await keptWeights({ plan, affine, trainer, history });
    return {
      weights,
      lossCurve: history.losses,
      heldOutCurve: history.heldOut,
      heldOut: await report(training, weights, plan),
      step: plan.patience === null ? trainer.step : (history.best?.step ?? trainer.step),
      stoppedEarly: trainer.step < plan.steps,
      provider: plan.provider,
      threads: plan.threads,
    };
  } finally {
    await trainer.dispose();
  }
}

type Plan = ReturnType<typeof planOf>;

interface Run {
  readonly training: RewardTraining;
  readonly plan: Plan;
  readonly affine: Affine;
  readonly trainer: Trainer;
  readonly history: History;
  readonly batches: BalancedBatches;
}

/** Hyperparameters with every default filled in. */
function planOf(training: RewardTraining) {
  const { width, hyperparameters: h } = training;
  hiddenWidth(width);
  const batchSize = h.batchSize ?? 64;
  if (batchSize % 2 !== 0 || batchSize < 4)
    throw new Error(`The batch size must be even and at least 4, not ${batchSize}.`);
  const rows = Math.max(rowCount(training.positives, width), rowCount(training.negatives, width));
  const steps = h.steps ?? (h.epochs === undefined ? 300 : Math.ceil((h.epochs * 2 * rows) / batchSize));
  const heldOut = heldOutRows(training);
  if (h.earlyStopping && !heldOut) throw new Error("Early stopping needs held-out rows of both classes.");
  return {
    width,
    batchSize,
    steps,
    learningRate: h.learningRate ?? 5e-4,
    weightDecay: h.weightDecay ?? 0.01,
    warmupSteps: h.warmupSteps ?? Math.min(30, Math.ceil(steps / 10)),
    dropout: h.dropout ?? DROPOUT,
    standardise: h.standardise ?? true,
    patience: h.earlyStopping?.patience ?? null,
    evaluateEvery: heldOut ? Math.max(1, h.evaluateEverySteps ?? Math.ceil(steps / 20)) : null,
    seed: h.seed,
    provider: training.provider ?? "cpu",
    threads: training.threads ?? 2,
  };
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
    if (save && everySteps && step % everySteps === 0) await save(await checkpointBytes(run), step);
    await training.onProgress?.({ step, steps: plan.steps, loss, ...(heldOutLoss !== undefined && { heldOutLoss }) });
  }
}

/** Held-out loss now; with early stopping also keeps the weights when they are the best so far. */
async function evaluate({ training, plan, affine, trainer, history }: Run): Promise<number> {
  const weights = weightsOf(await trainer.readState(), affine, plan.width);
  const scorer = await RewardScorer.create(weights, plan);
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

async function keptWeights(run: Pick<Run, "plan" | "affine" | "trainer" | "history">): Promise<RewardWeights> {
  const { plan, affine, trainer, history } = run;
  if (plan.patience !== null && history.best) return history.best.weights;
  return weightsOf(await trainer.readState(), affine, plan.width);
}

function weightsOf(state: Checkpoint["state"], affine: Affine, width: number): RewardWeights {
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

async function report(training: RewardTraining, weights: RewardWeights, plan: Plan): Promise<HeldOutReport | null> {
  const heldOut = heldOutRows(training);
  if (!heldOut) return null;
  const scorer = await RewardScorer.create(weights, plan);
  const positives = await scorer.score(heldOut.positives);
  const negatives = await scorer.score(heldOut.negatives);
  await scorer.dispose();
  return heldOutReport(positives, negatives);
}

/** Names a run: its plan and its data (the held-out rows too, which may end it). Two runs of one name give the same bytes. */
function runName(training: RewardTraining, plan: Plan): string {
  const hash = createHash("sha256").update(JSON.stringify(plan));
  const { positives, negatives, positiveLabels, negativeLabels, heldOutPositives, heldOutNegatives } = training;
  for (const rows of [positives, negatives, positiveLabels, negativeLabels, heldOutPositives, heldOutNegatives]) {
    hash.update(rows ? new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength) : "none");
  }
  return hash.digest("hex");
}

async function checkpointBytes({ training, plan, trainer, history }: Run): Promise<Uint8Array> {
  return writeCheckpoint({
    state: await trainer.readState(),
    extra: history.toTensors(),
    run: runName(training, plan),
  });
}

function resume(training: RewardTraining, plan: Plan, run: { trainer: Trainer; history: History }): void {
  const file = training.checkpoint?.resumeFrom;
  if (!file) return;
  const { state, extra } = readCheckpoint(file, runName(training, plan));
  run.trainer.writeState(state);
  run.history.restore(extra);
}

function classes(training: RewardTraining, affine: Affine): { positives: LabelledRows; negatives: LabelledRows } {
  const { positives, negatives, positiveLabels, negativeLabels } = training;
  return {
    positives: { rows: applyAffine(affine, positives), labels: positiveLabels ?? 1 },
    negatives: { rows: applyAffine(affine, negatives), labels: negativeLabels ?? 0 },
  };
}

function heldOutRows(training: RewardTraining): { positives: Float32Array; negatives: Float32Array } | null {
  const { heldOutPositives: positives, heldOutNegatives: negatives } = training;
  return positives?.length && negatives?.length ? { positives, negatives } : null;
}

function rowCount(rows: Float32Array, width: number): number {
  const n = rows.length / width;
  if (!Number.isInteger(n) || n === 0)
    throw new Error(`${rows.length} numbers are not one or more rows of width ${width}.`);
  return n;
}
