import type { Value } from "../../onnx/graph.ts";
import type { GraphBuilder } from "../../onnx/operators.ts";
import { at } from "../../onnx/shape.ts";
import type { BatchSpec, ParameterSpec, TrainingProgram } from "../../onnx/trainer.ts";
import { type FlowArchitecture, TIME_FEATURES } from "./architecture.ts";
import { denoise } from "./transformer.ts";

/** Error of each image of the batch in the last step, a buffer of the trainer's: [batch]. */
export const ERRORS = "errors";

/**
 * One graph for pretraining, SFT and DPO. For image x, noise n and time t the network sees z = t x + (1 - t) n and its error
 * is e = mean((x^ - x)^2) / (1 - t)^2, that of the velocity x - n which its x^ stands for. The loss is
 *   sum_i weight_i e_i + sum_p pairWeight_p softplus(beta_p ((e_p - e_(p + B/2)) - referenceGap_p)),
 * where image p of the first half of the batch is the chosen and p + B/2 the rejected one of a pair, and referenceGap the same
 * difference of errors in the frozen reference, at the same noise and time. softplus(x) = -log sigma(-x), for each pair.
 * Source: Wallace et al. 2024 (arXiv 2311.12908), equation 14, with the flow's error in place of the noise's.
 */
export function flowTraining(options: {
  architecture: FlowArchitecture;
  /** even */
  batch: number;
  parameters: readonly ParameterSpec[];
}): TrainingProgram {
  const { architecture, batch, parameters } = options;
  if (batch % 2 !== 0) throw new Error(`A batch of the flow's training is even, not ${batch}.`);
  return {
    parameters,
    buffers: [{ name: ERRORS, shape: [batch], initial: new Float32Array(batch) }],
    batch: flowBatchSpecs(architecture, batch),
    build(g, values) {
      const errors = flowErrors(g, values, architecture);
      return { loss: flowLoss(g, values, errors), buffers: { [ERRORS]: errors } };
    },
  };
}

/** What the host supplies for a step. */
export function flowBatchSpecs({ imageSize, textFeatures }: FlowArchitecture, batch: number): BatchSpec[] {
  const floats = (name: string, shape: number[]): BatchSpec => ({ name, shape, dtype: "float32" });
  return [
    floats("image", [batch, imageSize, imageSize, 3]),
    floats("noise", [batch, imageSize, imageSize, 3]),
    floats("time", [batch]),
    floats("timeFeatures", [batch, TIME_FEATURES]),
    floats("text", [batch, textFeatures]),
    floats("weight", [batch]),
    floats("pairWeight", [batch / 2]),
    floats("beta", [batch / 2]),
    floats("referenceGap", [batch / 2]),
  ];
}

/** e_i of `flowTraining`: [batch] */
export function flowErrors(g: GraphBuilder, values: (name: string) => Value, architecture: FlowArchitecture): Value {
  const [image, noise] = [values("image"), values("noise")];
  const batch = at(image.shape, 0);
  const time = g.reshape(values("time"), [batch, 1, 1, 1]);
  const noisy = g.add(g.mul(image, time), g.mul(noise, g.sub(1, time)));
  const inputs = { noisy, time: values("timeFeatures"), text: values("text") };
  const drawn = denoise(g, values, { inputs, architecture });
  const difference = g.sub(drawn, image);
  const rest = g.sub(1, values("time"));
  return g.div(g.reduceMean(g.mul(difference, difference), [1, 2, 3]), g.mul(rest, rest));
}

function flowLoss(g: GraphBuilder, values: (name: string) => Value, errors: Value): Value {
  const half = at(errors.shape, 0) / 2;
  const [chosen, rejected] = g.split(errors, [half, half], 0);
  if (!chosen || !rejected) throw new Error("two parts");
  const gap = g.sub(g.sub(chosen, rejected), values("referenceGap"));
  const pairs = g.mul(values("pairWeight"), g.softplus(g.mul(values("beta"), gap)));
  return g.add(g.reduceSum(g.mul(values("weight"), errors)), g.reduceSum(pairs));
}
