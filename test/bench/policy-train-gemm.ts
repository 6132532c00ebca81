import { differentiate } from "../../server/ml/onnx/gradients.ts";
import type { Value } from "../../server/ml/onnx/graph.ts";
import { GraphBuilder } from "../../server/ml/onnx/operators.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import { elementCount } from "../../server/ml/onnx/shape.ts";
import { type Batch, createTrainer, type TrainingProgram } from "../../server/ml/onnx/trainer.ts";
import { FLOW_32, initialFlowParameters } from "../../server/ml/policies/flow/architecture.ts";
import { flowTraining } from "../../server/ml/policies/flow/flow-training.ts";
import { drawTimes, timeFeatures } from "../../server/ml/policies/flow/time-features.ts";
import type { Benchmark } from "./benchmark.ts";
import { GemmPeak, PEAK_SHAPE_COUNT, seconds } from "./gemm-peak.ts";

const BATCH = 16;
const ROUNDS = 40;

/** Training of the embedded policy against this machine's own peak GEMM rate in ONNX Runtime, taken in turns; the best of each. */
export const policyTrainGemm: Benchmark = {
  name: "policy_train_gemm",
  async run() {
    const parameters = initialFlowParameters(FLOW_32, 1);
    const program = flowTraining({ architecture: FLOW_32, batch: BATCH, parameters });
    const trainer = await createTrainer(program, { optimiser: { learningRate: 1e-4, clipNorm: 1, ema: 0.999 } });
    const peak = await GemmPeak.create();
    const batch = randomBatch(program);
    let step = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      await peak.sample();
      step = Math.min(step, await seconds(() => trainer.run([batch])));
    }
    await trainer.dispose();
    await peak.dispose();
    const ours = productFlop(program) / step / 1e9;
    return {
      name: "policy_train_gemm",
      ratio: ours / (peak.rate / 1e9),
      ours,
      reference: peak.rate / 1e9,
      unit: "GFLOP/s",
      how: `matrix products of one step of the flow transformer (batch ${BATCH}: forward, backward, clipping, AdamW, average; ${(step * 1e3).toFixed(1)} ms, ${(BATCH / step).toFixed(0)} images/s) over the fastest of ${PEAK_SHAPE_COUNT} float32 GEMM shapes, in turns, best of ${ROUNDS}`,
    };
  },
};

/** 2 per multiply-add of every matrix product that the loss and its gradients need; each is needed once. */
function productFlop(program: TrainingProgram): number {
  const g = new GraphBuilder();
  const values = new Map<string, Value>();
  for (const { name, shape } of [...program.parameters, ...program.batch]) values.set(name, g.input(name, shape));
  const find = (name: string) => {
    const value = values.get(name);
    if (!value) throw new Error(`The training program has no "${name}".`);
    return value;
  };
  const { loss } = program.build(g, find);
  const parameters = program.parameters.map(({ name }) => find(name));
  for (const [i, gradient] of differentiate(g, loss, parameters).entries()) g.output(`gradient.${i}`, gradient);
  return g
    .neededNodes()
    .filter(({ op }) => op === "Gemm" || op === "MatMul")
    .reduce((sum, { inputs, outputs, attributes }) => {
      const [rows = 1, columns = 1] = inputs[0]?.shape.slice(-2) ?? [];
      const inner = attributes.transA === 1 ? rows : columns;
      return sum + 2 * inner * elementCount(outputs[0]?.shape ?? []);
    }, 0);
}

function randomBatch({ batch }: TrainingProgram): Batch {
  const values: Record<string, Float32Array> = {};
  for (const [i, { name, shape }] of batch.entries()) {
    const data = new Float32Array(elementCount(shape));
    new Random(1, i).fillNormal(data);
    values[name] = data;
  }
  const time = drawTimes(new Random(2), BATCH);
  const weight = new Float32Array(BATCH).fill(1 / BATCH);
  return { ...values, time, timeFeatures: timeFeatures(time), weight, pairWeight: new Float32Array(BATCH / 2) };
}
