import { createHash } from "node:crypto";
import { readCheckpoint, writeCheckpoint } from "../checkpoint.ts";
import type { AdamWOptions } from "../onnx/adamw.ts";
import { machineIsQuiet } from "../onnx/quiet.ts";
import { at } from "../onnx/shape.ts";
import { type Batch, createTrainer, type Trainer } from "../onnx/trainer.ts";
import { averageName } from "../onnx/training-graph.ts";
import { ERRORS, flowTraining } from "../policies/flow/flow-training.ts";
import {
  decodeFlowWeights,
  encodeFlowWeights,
  type FlowWeights,
  parametersFrom,
} from "../policies/flow/weights-file.ts";
import { Curves } from "./curves.ts";
import { evenRows, FineTuneBatches } from "./fine-tune-batches.ts";
import { checkFineTune } from "./fine-tune-checks.ts";
import type { FineTune, FineTuneData, FineTuned, FineTuneOptions } from "./fine-tune-options.ts";
import { preferenceNumbers } from "./preference-numbers.ts";
import { ReferenceErrors } from "./reference-errors.ts";

/** To be raised when the same input would give other bytes than before. */
const VERSION = 1;

/**
 * One round of post-training of the embedded policy (paper section 3.3): supervised fine-tuning on chosen images, or
 * Diffusion-DPO on pairs with the policy it starts from as frozen reference. See fine-tune-options.ts for what it throws on.
 */
export const fineTune: FineTune = async (bytes, data, options): Promise<FineTuned> => {
  checkFineTune(data, options);
  const weights = decodeFlowWeights(bytes);
  const plan = planOf(options);
  const batches = new FineTuneBatches(data, weights.architecture, options.seed);
  const program = flowTraining({
    architecture: weights.architecture,
    batch: plan.rows,
    parameters: parametersFrom(weights),
  });
  const { provider, threads } = options;
  const trainer = await createTrainer(program, {
    optimiser: plan.optimiser,
    provider,
    threads,
    spin: machineIsQuiet(),
  });
  const reference =
    options.method === "DPO"
      ? await ReferenceErrors.create(weights, { rows: plan.rows, provider, threads })
      : undefined;
  try {
    const curves = new Curves();
    const key = runKey(bytes, data, options);
    await resume(options, { key, trainer, curves });
    await optimise({ options, plan, key, trainer, curves, batches, reference });
    return { weights: encodeFlowWeights(await weightsNow(weights, trainer)), curves: curves.points() };
  } finally {
    await trainer.dispose();
    await reference?.dispose();
  }
};

interface Plan {
  readonly steps: number;
  /** of the training graph's batch */
  readonly rows: number;
  /** pairs of a step; 0 for SFT */
  readonly pairs: number;
  readonly optimiser: AdamWOptions;
  batch(batches: FineTuneBatches, step: number): Batch;
}

/** A tenth of the steps to warm up, the last three tenths to come to rest. */
function planOf(options: FineTuneOptions): Plan {
  const { steps, batch, learningRate, ema, realShare } = options.hyperparameters;
  const decayFrom = Math.ceil(0.7 * steps);
  const optimiser = {
    learningRate,
    warmupSteps: Math.ceil(steps / 10),
    decayFrom,
    decaySteps: steps - decayFrom,
    weightDecay: 0, // the weights are pulled to nothing but the data
    clipNorm: 1,
    ema,
  };
  if (options.method === "SFT") {
    const real = Math.round(realShare * batch);
    return {
      steps,
      rows: evenRows(batch),
      pairs: 0,
      optimiser,
      batch: (from, step) => from.sft(step, { batch, real }),
    };
  }
  const { beta } = options.hyperparameters;
  const real = evenRows(Math.round(realShare * batch));
  return {
    steps,
    rows: 2 * batch + real,
    pairs: batch,
    optimiser,
    batch: (from, step) => from.dpo(step, { pairs: batch, real, beta }),
  };
}

interface Run {
  readonly options: FineTuneOptions;
  readonly plan: Plan;
  readonly key: string;
  readonly trainer: Trainer;
  readonly curves: Curves;
  readonly batches: FineTuneBatches;
  readonly reference: ReferenceErrors | undefined;
}

async function optimise(run: Run): Promise<void> {
  const { options, plan, trainer, curves, key } = run;
  const { everySteps, save } = options.checkpoint ?? {};
  while (trainer.step < plan.steps) {
    options.signal?.throwIfAborted();
    const loss = await oneStep(run);
    const { step } = trainer;
    if (!Number.isFinite(loss)) throw new Error(`The loss of step ${step} is ${loss}: lower learningRate.`);
    if (save && everySteps && step % everySteps === 0) {
      const bytes = writeCheckpoint({ state: await trainer.readState(), extra: curves.toTensors(), run: key });
      await save(bytes, step, key);
    }
    await options.onProgress?.({ step, steps: plan.steps, loss });
  }
}

async function oneStep({ plan, trainer, curves, batches, reference }: Run): Promise<number> {
  const drawn = plan.batch(batches, trainer.step);
  const referenceGap = await reference?.gaps(drawn);
  const loss = at(await trainer.run([referenceGap ? { ...drawn, referenceGap } : drawn]), 0);
  curves.add("loss", trainer.step, loss);
  if (referenceGap) {
    const { tensors } = await trainer.readState({ moments: false, parameters: false });
    const errors = tensors.get(ERRORS)?.data ?? new Float32Array();
    const numbers = preferenceNumbers(errors, referenceGap, plan.pairs);
    for (const [name, value] of Object.entries(numbers)) curves.add(name, trainer.step, value);
  }
  return loss;
}

async function weightsNow({ architecture, tensors }: FlowWeights, trainer: Trainer): Promise<FlowWeights> {
  const { tensors: state } = await trainer.readState({ moments: false });
  const averaged = [...tensors.keys()].map((name) => {
    const tensor = state.get(averageName(name));
    if (!tensor) throw new Error(`The trainer has no average of "${name}".`);
    return [name, tensor.data] as const;
  });
  return { architecture, tensors: new Map(averaged) };
}

async function resume(
  { checkpoint }: FineTuneOptions,
  { key, trainer, curves }: Pick<Run, "key" | "trainer" | "curves">,
): Promise<void> {
  const found = checkpoint?.resumeFrom;
  const file = typeof found === "function" ? await found(key) : found;
  if (!file) return;
  const { state, extra } = readCheckpoint(file, key);
  trainer.writeState(state);
  curves.restore(extra);
}

/** SHA-256 over everything that fixes the bytes of the result. */
function runKey(weights: Uint8Array, data: FineTuneData, options: FineTuneOptions): string {
  const { method, seed, hyperparameters, provider = "cpu", threads = 2 } = options;
  const hash = createHash("sha256").update(JSON.stringify([VERSION, method, seed, hyperparameters, provider, threads]));
  hash.update(weights);
  for (const list of [data.images ?? [], data.real ?? []]) {
    hash.update(`${list.length};`);
    for (const { prompt, image } of list) hash.update(JSON.stringify(prompt)).update(image.pixels);
  }
  for (const { prompt, chosen, rejected } of data.pairs ?? []) {
    hash.update(JSON.stringify(prompt)).update(chosen.pixels).update(rejected.pixels);
  }
  return hash.digest("hex");
}
