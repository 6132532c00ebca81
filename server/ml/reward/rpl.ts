import type { Value } from "../onnx/graph.ts";
import {
  type BatchNormParameters,
  batchNormInference,
  batchNormTraining,
  dropout,
  linear,
  linearColumns,
} from "../onnx/layers.ts";
import { bceWithLogits } from "../onnx/losses.ts";
import type { GraphBuilder } from "../onnx/operators.ts";
import { Random } from "../onnx/random.ts";
import type { TensorValue } from "../onnx/session.ts";
import { elementCount, type Shape } from "../onnx/shape.ts";
import type { ParameterSpec, TensorSpec, TrainingProgram } from "../onnx/trainer.ts";

/**
 * The Reward Projection Layer, GAN-RM table 6. With W = 2D the width of the concatenated encoder vectors and H = 1.5 W:
 *
 *   x [n, W] -> Linear(W, H) -> ReLU -> BatchNorm1d(H) -> Dropout(0.2) -> Linear(H, W) -> ReLU -> BatchNorm1d(W)
 *            -> + x -> Linear(W, 2) -> z = [z_fake, z_real]
 *
 * The reading of "two outputs" (table 6), "sigmoid" and "binary cross-entropy" (3.2) and r(x) = sigma(RPL(...)) (3.3):
 * each output is a sigmoid unit. z_real is trained by the paper's loss with y^ = sigma(z_real), z_fake by its mirror
 * (label 1 - y); the loss is the mean of both, and the reward is r(x) = sigma(z_real), "the positive logit". It is the one
 * reading in which all three sentences hold word for word; a softmax over both (that is, sigma(z_real - z_fake)) would
 * leave the sigmoid out. Train, score and export all use this file.
 *
 * Before table 6 stands an affine x' = (x - input.mean) * input.scale, kept with the weights: the identity for encoders
 * whose features have unit scale, fitted on the training rows where they have not (see train.ts). It is data, not a layer:
 * the residual adds x', and everything after it is table 6 unchanged.
 *
 * Names are those of a PyTorch module with linear1, norm1, linear2, norm2, output; weights [out, in].
 */
export type RewardWeights = ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array }>;

export const DROPOUT = 0.2;
export const REAL = 1; // index of the positive logit
/** Least width: the hidden layer has 1.5 times as many units. */
const WIDTH_MULTIPLE = 2;

export function hiddenWidth(width: number): number {
  if (!Number.isInteger(width) || width < 2 || width % WIDTH_MULTIPLE !== 0) {
    throw new Error(`The width of the RPL is 2 D, so even and at least 2, not ${width}.`);
  }
  return 1.5 * width;
}

/** Trainable tensors with PyTorch's default start (kaiming_uniform(a = sqrt 5), i.e. U(-1/sqrt(in), 1/sqrt(in))). */
export function rplParameters(width: number, seed: number): ParameterSpec[] {
  const hidden = hiddenWidth(width);
  const random = new Random(seed, STREAM_OF_WEIGHTS);
  const dense = (name: string, inputs: number, outputs: number): ParameterSpec[] => [
    uniform(`${name}.weight`, [outputs, inputs], { random, bound: 1 / Math.sqrt(inputs) }),
    uniform(`${name}.bias`, [outputs], { random, bound: 1 / Math.sqrt(inputs) }),
  ];
  const norm = (name: string, size: number): ParameterSpec[] => [
    filled(`${name}.weight`, size, 1),
    filled(`${name}.bias`, size, 0),
  ];
  return [
    ...dense("linear1", width, hidden),
    ...norm("norm1", hidden),
    ...dense("linear2", hidden, width),
    ...norm("norm2", width),
    ...dense("output", width, 2),
  ];
}

/** Running statistics of the two batch normalisations. */
export function rplBuffers(width: number): TensorSpec[] {
  const norm = (name: string, size: number) => [
    filled(`${name}.running_mean`, size, 0),
    filled(`${name}.running_var`, size, 1),
  ];
  return [...norm("norm1", hiddenWidth(width)), ...norm("norm2", width)];
}

/**
 * The training program for batches of n rows. Batch inputs: features [n, W] (after the affine), targets [2, n] (rows
 * 1 - y and y), mask [H, n] (dropout). Inside, data is feature-major, so that the weights are left operands of every product.
 */
export function rplTraining(options: { width: number; batchSize: number; seed: number }): TrainingProgram {
  const { width, batchSize, seed } = options;
  return {
    parameters: rplParameters(width, seed),
    buffers: rplBuffers(width),
    batch: [
      { name: "features", shape: [batchSize, width], dtype: "float32" },
      { name: "targets", shape: [2, batchSize], dtype: "float32" },
      { name: "mask", shape: [hiddenWidth(width), batchSize], dtype: "float32" },
    ],
    build(g, values) {
      const { logits, buffers } = trainingForward(g, values);
      return { loss: bceWithLogits(g, logits, values("targets")), buffers };
    },
  };
}

/** Logits [2, n] of the training form, and the next running statistics. */
export function trainingForward(
  g: GraphBuilder,
  values: (name: string) => Value,
): { logits: Value; buffers: Record<string, Value> } {
  const dense = (x: Value, name: string) =>
    linearColumns(g, x, { weight: values(`${name}.weight`), bias: g.reshape(values(`${name}.bias`), [-1, 1]) });
  const norm = (x: Value, name: string) =>
    batchNormTraining(g, x, { axis: 0, parameters: normParameters(values, name) });
  const x = g.transpose(values("features"));
  const norm1 = norm(g.relu(dense(x, "linear1")), "norm1");
  const hidden = dropout(g, norm1.output, values("mask"));
  const norm2 = norm(g.relu(dense(hidden, "linear2")), "norm2");
  const logits = dense(g.add(x, norm2.output), "output");
  return {
    logits,
    buffers: {
      "norm1.running_mean": norm1.runningMean,
      "norm1.running_var": norm1.runningVariance,
      "norm2.running_mean": norm2.runningMean,
      "norm2.running_var": norm2.runningVariance,
    },
  };
}

/** What the inference form computes on its way: the rows that each normalisation is given, and the logits. */
export interface InferenceValues {
  /** [n, H] relu(linear1(x')) */
  readonly norm1Input: Value;
  /** [n, W] relu(linear2(norm1(...))) */
  readonly norm2Input: Value;
  /** [n, 2] */
  readonly logits: Value;
}

/** Raw features [n, W] -> logits [n, 2], with running statistics and without dropout; the affine included. */
export function inferenceForward(g: GraphBuilder, features: Value, values: (name: string) => Value): InferenceValues {
  const dense = (x: Value, name: string) =>
    linear(g, x, { weight: values(`${name}.weight`), bias: values(`${name}.bias`) });
  const norm = (x: Value, name: string) => batchNormInference(g, x, normParameters(values, name));
  const x = g.mul(g.sub(features, values("input.mean")), values("input.scale"));
  const norm1Input = g.relu(dense(x, "linear1"));
  const norm2Input = g.relu(dense(norm(norm1Input, "norm1"), "linear2"));
  return { norm1Input, norm2Input, logits: dense(g.add(x, norm(norm2Input, "norm2")), "output") };
}

/** The tensors of a reward model as constants of a graph. Throws on a name that it has not. */
export function constantsOf(g: GraphBuilder, weights: RewardWeights): (name: string) => Value {
  return (name) => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`The reward model has no "${name}".`);
    return g.constant(tensor.data, tensor.shape);
  };
}

/**
 * The tensors of a reward model as inputs of a graph, and what to feed them. A graph without weights is loaded in 2 ms, one that
 * holds 28 MB of them in 80, and then runs a tenth faster (256 rows of width 1,344): right for up to some thousand rows. The
 * runtime packs the weights another way, so the last bit differs from that of constants.
 */
export function inputsOf(
  g: GraphBuilder,
  weights: RewardWeights,
  prefix = "",
): { values: (name: string) => Value; feeds: Record<string, TensorValue> } {
  const feeds: Record<string, TensorValue> = {};
  const values = (name: string) => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`The reward model has no "${name}".`);
    const key = prefix + name;
    feeds[key] ??= { dtype: "float32", ...tensor };
    return g.inputs.find((input) => input.name === key) ?? g.input(key, tensor.shape);
  };
  return { values, feeds };
}

/** Bytes are the same for the same width and seed. */
const STREAM_OF_WEIGHTS = 1;

/** Names and shapes of all tensors of a reward model. */
export function rewardTensorShapes(width: number): Map<string, Shape> {
  const specs = [...rplParameterShapes(width), ...rplBuffers(width).map(({ name, shape }) => [name, shape] as const)];
  return new Map<string, Shape>([...specs, ["input.mean", [width]], ["input.scale", [width]]]);
}

/** Width W of a reward model. Throws where a tensor is missing or misshapen. */
export function widthOf(weights: RewardWeights): number {
  const width = weights.get("output.weight")?.shape[1] ?? 0;
  for (const [name, shape] of rewardTensorShapes(width)) {
    const tensor = weights.get(name);
    if (tensor?.shape.join() !== shape.join() || tensor.data.length !== elementCount(shape)) {
      throw new Error(
        `The reward model holds ${tensor ? `[${tensor.shape}]` : "nothing"} for "${name}"; [${shape}] is wanted.`,
      );
    }
  }
  return width;
}

function rplParameterShapes(width: number): (readonly [string, Shape])[] {
  const hidden = hiddenWidth(width);
  return [
    ["linear1.weight", [hidden, width]],
    ["linear1.bias", [hidden]],
    ["norm1.weight", [hidden]],
    ["norm1.bias", [hidden]],
    ["linear2.weight", [width, hidden]],
    ["linear2.bias", [width]],
    ["norm2.weight", [width]],
    ["norm2.bias", [width]],
    ["output.weight", [2, width]],
    ["output.bias", [2]],
  ];
}

function normParameters(values: (name: string) => Value, name: string): BatchNormParameters {
  return {
    gamma: values(`${name}.weight`),
    beta: values(`${name}.bias`),
    runningMean: values(`${name}.running_mean`),
    runningVariance: values(`${name}.running_var`),
  };
}

function uniform(name: string, shape: Shape, { random, bound }: { random: Random; bound: number }): ParameterSpec {
  const initial = new Float32Array(elementCount(shape));
  random.fillUniform(initial, bound);
  return { name, shape, initial };
}

function filled(name: string, size: number, value: number): TensorSpec {
  return { name, shape: [size], initial: new Float32Array(size).fill(value) };
}
