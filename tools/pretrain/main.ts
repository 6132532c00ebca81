/**
 * npm run pretrain -- --folder F [--batch 16] [--rate 1e-3] [--seed 1] [--steps N] [--prompts N] [--threads 2] [--spin] [--decay-from-now STEPS]
 * Trains the embedded policy. Goes on from F/checkpoint.safetensors where there is one; SIGTERM or Ctrl-C saves and ends.
 * `--prompts` takes the first N alone, for a trial. `--spin` is faster on a quiet machine, and far slower on one that others use.
 * `--decay-from-now` lets the learning rate fall to 0 over so many steps and then ends the run: good drawings need that.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readCheckpoint, writeCheckpoint } from "../../server/ml/checkpoint.ts";
import type { AdamWOptions } from "../../server/ml/onnx/adamw.ts";
import { createTrainer, type Trainer } from "../../server/ml/onnx/trainer.ts";
import { FLOW_32, initialFlowParameters } from "../../server/ml/policies/flow/architecture.ts";
import { Epochs } from "../../server/ml/policies/flow/epochs.ts";
import { flowTraining } from "../../server/ml/policies/flow/flow-training.ts";
import { loadPretrainingData, MIX, pretrainingBatch } from "./data.ts";
import { pretrainingPrompts } from "./prompts.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    batch: { type: "string", default: "16" },
    rate: { type: "string", default: "1e-3" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "1000000" },
    prompts: { type: "string" },
    threads: { type: "string", default: "2" },
    spin: { type: "boolean", default: false },
    "decay-from-now": { type: "string" },
  },
});
if (!values.folder) throw new Error("--folder is missing: where checkpoints and the loss curve go.");
const folder = values.folder;
const [batch, seed, threads] = [Number(values.batch), Number(values.seed), Number(values.threads)];
const CHECKPOINT_SECONDS = 240;
const LOG_STEPS = 100;

mkdirSync(folder, { recursive: true });
const checkpointFile = join(folder, "checkpoint.safetensors");
const decayFile = join(folder, "decay.json");
const lossFile = join(folder, "loss.jsonl");
const trained = pretrainingPrompts().trained.slice(0, Number(values.prompts ?? Number.POSITIVE_INFINITY));
const run = JSON.stringify({
  architecture: FLOW_32,
  batch,
  rate: values.rate,
  seed,
  mix: MIX,
  prompts: trained.length,
});
const saved = existsSync(checkpointFile) ? readCheckpoint(readFileSync(checkpointFile), run) : undefined;
const startStep = saved?.state.step ?? 0;
if (values["decay-from-now"]) {
  writeFileSync(decayFile, JSON.stringify({ decayFrom: startStep, decaySteps: Number(values["decay-from-now"]) }));
}
const decay: { decayFrom?: number; decaySteps?: number } = existsSync(decayFile)
  ? JSON.parse(readFileSync(decayFile, "utf8"))
  : {};
const lastStep = Math.min(Number(values.steps), (decay.decayFrom ?? Infinity) + (decay.decaySteps ?? 0));

const optimiser: AdamWOptions = {
  learningRate: Number(values.rate),
  weightDecay: 0.01,
  beta2: 0.99,
  warmupSteps: 300,
  clipNorm: 1,
  ema: 0.999,
  ...decay,
};
const parameters = initialFlowParameters(FLOW_32, seed);
const trainer = await createTrainer(flowTraining({ architecture: FLOW_32, batch, parameters }), {
  optimiser,
  threads,
  spin: values.spin,
});
if (saved) trainer.writeState(saved.state);
const data = await loadPretrainingData(trained, FLOW_32.imageSize);

const order = new Epochs(data.prompts.length, seed, 3);

let stopped = false;
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => (stopped = true));
await train();
await save(trainer);
await trainer.dispose();
process.exit(0);

async function train(): Promise<void> {
  let [sum, count, since, savedAt] = [0, 0, performance.now(), performance.now()];
  while (!stopped && trainer.step < lastStep) {
    const [loss = Number.NaN] = await trainer.run([
      pretrainingBatch(data, { architecture: FLOW_32, batch, seed, step: trainer.step, order }),
    ]);
    if (!Number.isFinite(loss)) throw new Error(`The loss of step ${trainer.step} is ${loss}: lower --rate.`);
    sum += loss;
    count += 1;
    if (trainer.step % LOG_STEPS === 0) {
      const rate = (batch * count * 1e3) / (performance.now() - since);
      const line = { step: trainer.step, images: trainer.step * batch, loss: sum / count, imagesPerSecond: rate };
      appendFileSync(lossFile, `${JSON.stringify(line)}\n`);
      console.log(JSON.stringify(line));
      [sum, count, since] = [0, 0, performance.now()];
      await new Promise((resolve) => setImmediate(resolve)); // signals are heard between steps
    }
    if (performance.now() - savedAt > 1e3 * CHECKPOINT_SECONDS) {
      await save(trainer);
      savedAt = performance.now();
    }
  }
}

/** In one move, so that a crash never leaves half a file. */
async function save(trainer: Trainer): Promise<void> {
  const bytes = writeCheckpoint({ state: await trainer.readState(), extra: new Map(), run });
  writeFileSync(`${checkpointFile}.new`, bytes);
  renameSync(`${checkpointFile}.new`, checkpointFile);
}
