import { createTrainer, type Trainer } from "../onnx/trainer.ts";
import { stateSpecs } from "../onnx/training-graph.ts";
import { rplTraining } from "./rpl.ts";
import type { Plan } from "./training.ts";

/** How long a trainer waits for the next training, ms. It holds 120 MB at a width of 1,344. */
const IDLE_MS = 10_000;

interface IdleTrainer {
  readonly key: string;
  readonly trainer: Trainer;
  readonly timer: NodeJS.Timeout;
}
let idle: IdleTrainer | undefined;

/**
 * Gives a trainer at the start of a plan. The one of the last training is used again where it fits, since ablations train one model
 * after another: making one takes 0.1 s, and steps in new memory a few percent longer. What it computes is the same bit for bit. One that
 * has failed is not used again.
 */
export async function withRplTrainer<T>(plan: Plan, work: (trainer: Trainer) => Promise<T>): Promise<T> {
  const { provider, threads, width, batchSize, seed } = plan;
  // what is compiled into it; the plan holds AdamW's options among others
  const key = JSON.stringify({ ...plan, seed: null, steps: null, snapshotSteps: null, evaluateEvery: null });
  const program = rplTraining({ width, batchSize, seed });
  let trainer = takeIdle(key);
  if (trainer) {
    const tensors = stateSpecs(program, plan).map(
      ({ name, shape, initial }) => [name, { shape, data: initial }] as const,
    );
    trainer.writeState({ step: 0, tensors: new Map(tensors) });
  } else {
    trainer = await createTrainer(program, { optimiser: plan, provider, threads });
  }
  try {
    const result = await work(trainer);
    await keep(key, trainer);
    return result;
  } catch (error) {
    await trainer.dispose();
    throw error;
  }
}

function takeIdle(key: string): Trainer | undefined {
  if (idle?.key !== key) return undefined;
  const { trainer, timer } = idle;
  clearTimeout(timer);
  idle = undefined;
  return trainer;
}

async function keep(key: string, trainer: Trainer): Promise<void> {
  const before = idle;
  const timer = setTimeout(() => {
    if (idle?.trainer === trainer) idle = undefined;
    void trainer.dispose();
  }, IDLE_MS).unref();
  idle = { key, trainer, timer };
  if (!before) return;
  clearTimeout(before.timer);
  await before.trainer.dispose();
}
