import { Random } from "../../server/ml/onnx/random.ts";
import { createTrainer, type Trainer } from "../../server/ml/onnx/trainer.ts";
import { hiddenWidth, rplTraining } from "../../server/ml/reward/rpl.ts";
import type { Benchmark } from "./benchmark.ts";
import { GemmPeak, PEAK_SHAPE_COUNT, seconds } from "./gemm-peak.ts";

const WIDTH = 1536;
const BATCH = 64;
const ROUNDS = 40;
const STEPS_A_ROUND = 3;
/**
 * Floating-point operations of the matrix products of one step: 2 per multiply-add; forward, and backward with respect to
 * weights and inputs, but not to the features.
 */
const STEP_FLOP = 2 * BATCH * (WIDTH * hiddenWidth(WIDTH) * 2 + hiddenWidth(WIDTH) * WIDTH * 3 + WIDTH * 2 * 3);

/** RPL training against this machine's own peak GEMM rate in ONNX Runtime, taken in turns; the best of each. */
export const rplTrainGemm: Benchmark = {
  name: "rpl_train_gemm",
  async run() {
    const trainer = await startTrainer();
    const peak = await GemmPeak.create();
    const batch = randomBatch();
    let step = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      await peak.sample();
      for (let i = 0; i < STEPS_A_ROUND; i++) step = Math.min(step, await seconds(() => trainer.run([batch])));
    }
    await trainer.dispose();
    await peak.dispose();
    const ours = STEP_FLOP / step / 1e9;
    return {
      name: "rpl_train_gemm",
      ratio: ours / (peak.rate / 1e9),
      ours,
      reference: peak.rate / 1e9,
      unit: "GFLOP/s",
      how: `matrix products of one RPL step (width ${WIDTH}, batch ${BATCH}: forward, backward, AdamW; ${(step * 1e3).toFixed(2)} ms) over the fastest of ${PEAK_SHAPE_COUNT} float32 GEMM shapes, in turns, best of ${ROUNDS * STEPS_A_ROUND} and ${ROUNDS}`,
    };
  },
};

function startTrainer(): Promise<Trainer> {
  const program = rplTraining({ width: WIDTH, batchSize: BATCH, seed: 1 });
  return createTrainer(program, { optimiser: { learningRate: 1e-4 } });
}

function randomBatch() {
  const random = new Random(1);
  const mask = new Float32Array(hiddenWidth(WIDTH) * BATCH);
  random.fillDropoutMask(mask, 0.2);
  const labels = Array.from({ length: BATCH }, (_, i) => i % 2);
  return {
    features: Float32Array.from({ length: BATCH * WIDTH }, () => random.normal()),
    targets: Float32Array.of(...labels.map((y) => 1 - y), ...labels),
    mask,
  };
}
