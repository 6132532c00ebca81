import { GraphBuilder } from "../../server/ml/onnx/operators.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import { prepareRun, Session } from "../../server/ml/onnx/session.ts";
import { createTrainer, type Trainer } from "../../server/ml/onnx/trainer.ts";
import { hiddenWidth, rplTraining } from "../../server/ml/reward/rpl.ts";
import type { Benchmark } from "./benchmark.ts";

const WIDTH = 1536;
const BATCH = 64;
const ROUNDS = 40;
const STEPS_A_ROUND = 3;
/**
 * Shapes [m, k, n] tried for the peak, the best of which counts: which one wins depends on the machine's caches and its load
 * (seen on one machine: 512 cubed 280 GFLOP/s, 1024 cubed 140, the RPL's own first product 293).
 */
const PEAK_SHAPES = [
  [384, 384, 384],
  [512, 512, 512],
  [1024, 1024, 1024],
  [2304, 1536, 64],
] as const;

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
    const peaks = await Promise.all(PEAK_SHAPES.map(startGemm));
    const batch = randomBatch();
    let step = Number.POSITIVE_INFINITY;
    let peak = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const { session, prepared, flop } of peaks) {
        peak = Math.max(peak, flop / (await seconds(() => session.runInto(prepared))));
      }
      for (let i = 0; i < STEPS_A_ROUND; i++) step = Math.min(step, await seconds(() => trainer.run([batch])));
    }
    await trainer.dispose();
    for (const { session } of peaks) await session.dispose();
    const ours = STEP_FLOP / step / 1e9;
    return {
      name: "rpl_train_gemm",
      ratio: ours / (peak / 1e9),
      ours,
      reference: peak / 1e9,
      unit: "GFLOP/s",
      how: `matrix products of one RPL step (width ${WIDTH}, batch ${BATCH}: forward, backward, AdamW; ${(step * 1e3).toFixed(2)} ms) over the fastest of ${PEAK_SHAPES.length} float32 GEMM shapes, in turns, best of ${ROUNDS * STEPS_A_ROUND} and ${ROUNDS}`,
    };
  },
};

function startTrainer(): Promise<Trainer> {
  const program = rplTraining({ width: WIDTH, batchSize: BATCH, seed: 1 });
  return createTrainer(program, { optimiser: { learningRate: 1e-4 } });
}

async function startGemm([m, k, n]: (typeof PEAK_SHAPES)[number]) {
  const g = new GraphBuilder();
  g.output("c", g.gemm(g.input("a", [m, k]), g.input("b", [k, n])));
  const matrix = (rows: number, columns: number) => ({
    dtype: "float32" as const,
    shape: [rows, columns],
    data: new Float32Array(rows * columns).fill(0.5),
  });
  const session = await Session.create(g.encode({ writesInto: true }));
  return {
    session,
    prepared: prepareRun({ a: matrix(m, k), b: matrix(k, n) }, { c: matrix(m, n) }),
    flop: 2 * m * k * n,
  };
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

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
}
