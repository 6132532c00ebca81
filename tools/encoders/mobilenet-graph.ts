import type { Value } from "../../server/ml/onnx/graph.ts";
import { GraphBuilder } from "../../server/ml/onnx/operators.ts";
import { at } from "../../server/ml/onnx/shape.ts";
import type { TfjsModel, TfjsNode } from "./tfjs-model.ts";

/** Prefix of MobileNet's own nodes in the nsfwjs graph. */
export const MOBILENET_SCOPE = `StatefulPartitionedCall/sequential/keras_layer/${"StatefulPartitionedCall/".repeat(3)}predict/`;

/** Side of the input, pixels. The network is fully convolutional up to the stages; it was trained at 224. */
export const INPUT_SIZE = 128;

/** Side of the classifier's input, pixels. */
const CLASSIFIER_INPUT_SIZE = 224;

/**
 * ONNX graph of the stages' statistics.
 * Input `image`: uint8 [N, 128, 128, 3], RGB. Outputs `first` and `second`: float32 [N, D], the means and the population
 * standard deviations over the positions of each stage, concatenated in the order of `stages` (names after the scope).
 * Weights stay uint8; Cast, Mul and Add give them back in float64, then float32, as tfjs does, and the runtime folds
 * these nodes when it creates the session. What no stage needs is not in the file.
 */
export function buildStatisticsGraph(model: TfjsModel, stages: readonly string[]): GraphBuilder {
  const g = new GraphBuilder();
  const image = g.input("image", [1, INPUT_SIZE, INPUT_SIZE, 3], "uint8");
  // hub_input: 2 x / 255 - 1
  const values = convertNetwork(g, model, g.sub(g.mul(g.cast(image, "float32"), 2 / 255), 1));
  const statistics = stages.map((stage) => {
    const value = values.get(`${MOBILENET_SCOPE}MobilenetV2/${stage}`);
    if (!value) throw new Error(`The network has no stage "${stage}".`);
    return meanAndDeviation(g, value);
  });
  g.output(
    "first",
    g.concat(
      statistics.map((s) => s.mean),
      1,
    ),
  );
  g.output(
    "second",
    g.concat(
      statistics.map((s) => s.deviation),
      1,
    ),
  );
  return g;
}

/**
 * ONNX graph of the whole classifier.
 * Input `image`: float32 [N, 224, 224, 3], RGB in [0, 1]. Output `probabilities`: float32 [N, 5], after the softmax, in the
 * order of nsfwjs's classes: Drawing, Hentai, Neutral, Porn, Sexy. Weights as in `buildStatisticsGraph`.
 */
export function buildClassifierGraph(model: TfjsModel): GraphBuilder {
  const g = new GraphBuilder();
  const image = g.input("image", [1, CLASSIFIER_INPUT_SIZE, CLASSIFIER_INPUT_SIZE, 3]);
  // hub_input: 2 x - 1
  const values = convertNetwork(g, model, g.sub(g.mul(image, 2), 1));
  for (const node of model.json.modelTopology.node) convertHeadNode(g, model, { node, values });
  const probabilities = values.get("Identity");
  if (!probabilities) throw new Error("The network has no classifier at its end.");
  g.output("probabilities", probabilities);
  return g;
}

/** Every node of the network up to its classifier by name. scaled [N, H, W, 3], RGB in [-1, 1] */
function convertNetwork(g: GraphBuilder, model: TfjsModel, scaled: Value): Map<string, Value> {
  const values = new Map<string, Value>([[`${MOBILENET_SCOPE}hub_input/Sub`, g.transpose(scaled, [0, 3, 1, 2])]]);
  for (const node of model.json.modelTopology.node) convertNode(g, model, { node, values });
  return values;
}

/** x [N, C, H, W] -> mean and population standard deviation over H and W, each [N, C]. */
function meanAndDeviation(g: GraphBuilder, x: Value): { mean: Value; deviation: Value } {
  const [batch, channels] = [at(x.shape, 0), at(x.shape, 1)];
  const mean = g.reduceMean(x, [2, 3], true);
  const centred = g.sub(x, mean);
  const deviation = g.sqrt(g.reduceMean(g.mul(centred, centred), [2, 3]));
  // ReduceMean twice would read x twice; Squeeze by name keeps the batch symbolic
  const flat = g.emit("Squeeze", [mean, g.integers([2, 3])], { shape: [batch, channels] });
  return { mean: flat, deviation };
}

interface Conversion {
  readonly node: TfjsNode;
  /** converted so far, by name; nodes whose inputs are missing are left out */
  readonly values: Map<string, Value>;
}

function convertNode(g: GraphBuilder, model: TfjsModel, { node, values }: Conversion): void {
  const [a, b] = (node.input ?? []).map((name) => values.get(name));
  if (!a) return;
  if (node.op === "AddV2" && b) values.set(node.name, g.add(a, b));
  if (node.op === "_FusedConv2D" || node.op === "FusedDepthwiseConv2dNative")
    values.set(node.name, convolution(g, model, { node, x: a }));
}

/** The classifier's nodes, after those of the network. */
function convertHeadNode(g: GraphBuilder, model: TfjsModel, { node, values }: Conversion): void {
  const x = values.get(node.input?.[0] ?? "");
  if (!x) return;
  // the pool is over all positions that are left
  if (node.op === "AvgPool") values.set(node.name, g.reduceMean(x, [2, 3], true));
  if (node.op === "Squeeze")
    values.set(node.name, g.emit("Squeeze", [x, g.integers([2, 3])], { shape: x.shape.slice(0, 2) }));
  if (node.op === "_FusedMatMul") values.set(node.name, dense(g, model, { node, x }));
  if (node.op === "Softmax") values.set(node.name, g.softmax(x));
  if (node.op === "Identity") values.set(node.name, x);
}

/** SAME convolution with bias and, where the node says so, ReLU6. */
function convolution(g: GraphBuilder, model: TfjsModel, { node, x }: { node: TfjsNode; x: Value }): Value {
  const depthwise = node.op === "FusedDepthwiseConv2dNative";
  const [weightName, biasName] = [at(node.input ?? [], 1), at(node.input ?? [], 2)];
  // HWIO -> OIHW; depthwise [H, W, C, 1] -> [C, 1, H, W]
  const kernel = weight(g, model, { name: weightName, permutation: depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1] });
  const bias = weight(g, model, { name: biasName, permutation: [0] });
  const stride = Number(at(node.attr?.strides?.list?.i ?? [], 1));
  const size = at(x.shape, 2);
  const outSize = Math.ceil(size / stride);
  const padding = Math.max((outSize - 1) * stride + at(kernel.shape, 2) - size, 0);
  const before = Math.floor(padding / 2); // TensorFlow's SAME puts the odd one at the end
  const y = g.emit("Conv", [x, kernel, bias], {
    shape: [at(x.shape, 0), at(kernel.shape, 0), outSize, outSize],
    attributes: {
      strides: [stride, stride],
      pads: [before, before, padding - before, padding - before],
      group: depthwise ? at(kernel.shape, 0) : 1,
    },
  });
  const fused = (node.attr?.fused_ops?.list?.s ?? []).map((name) => Buffer.from(name, "base64").toString());
  if (!fused.includes("Relu6")) return y;
  return g.emit("Clip", [y, g.scalar(0), g.scalar(6)], { shape: y.shape });
}

/** x W + b */
function dense(g: GraphBuilder, model: TfjsModel, { node, x }: { node: TfjsNode; x: Value }): Value {
  const [weightName, biasName] = [at(node.input ?? [], 1), at(node.input ?? [], 2)];
  const kernel = weight(g, model, { name: weightName, permutation: [0, 1] });
  return g.gemm(x, kernel, { c: weight(g, model, { name: biasName, permutation: [0] }) });
}

/** A stored weight as float32: float32(min + scale * byte), the sum in float64. */
function weight(
  g: GraphBuilder,
  model: TfjsModel,
  { name, permutation }: { name: string; permutation: number[] },
): Value {
  const stored = model.weights.get(name);
  if (!stored) throw new Error(`The model has no weight "${name}".`);
  const bytes = g.constant(
    transposed(stored.bytes, stored.shape, permutation),
    permutation.map((axis) => at(stored.shape, axis)),
  );
  const { scale, min } = stored.quantization;
  const double = (value: number) => g.constant(Float64Array.of(value), []);
  const scaled = g.emit("Mul", [g.cast(bytes, "float64"), double(scale)], { shape: bytes.shape, dtype: "float64" });
  const shifted = g.emit("Add", [scaled, double(min)], { shape: bytes.shape, dtype: "float64" });
  return g.cast(shifted, "float32");
}

function transposed(bytes: Uint8Array, shape: readonly number[], permutation: readonly number[]): Uint8Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const sizes = permutation.map((axis) => at(shape, axis));
  const steps = permutation.map((axis) => at(strides, axis));
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let source = 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      source += (rest % at(sizes, axis)) * at(steps, axis);
      rest = Math.floor(rest / at(sizes, axis));
    }
    result[i] = at(bytes, source);
  }
  return result;
}
