import type { Preprocessing } from "../encoders/preprocessing.ts";
import { appendModel } from "../onnx/compose.ts";
import type { Value } from "../onnx/graph.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import { inferenceForward, REAL, type RewardWeights, widthOf } from "./rpl.ts";

/** Stands for the batch while the graph is built; the file says "N". No constant of the graph depends on it. */
const ANY = 3;

/**
 * ONNX model: features [N, W] float32 (raw encoder features) -> logits [N, 2] (fake, real), logit [N] (the positive one),
 * score [N] = sigma(logit). N is free.
 */
export function exportFeatureModel(weights: RewardWeights): Uint8Array {
  const g = new GraphBuilder();
  addReward(g, g.input("features", [ANY, widthOf(weights)]), weights);
  return g.encode({ dynamicBatch: "N", metadata: METADATA });
}

/**
 * ONNX model: image -> logits, logit, score. The encoder is an ONNX file as `Encoder.imageModel` gives it: one input, the
 * outputs `first` [N, D] and `second` [N, D]; it is carried over unchanged, with its own input and batch size. How a picture
 * becomes that input is written into the file's metadata, as `preprocessing`. Throws where an output is missing or its
 * declared width is not the reward model's.
 */
export function exportImageModel(
  encoder: Uint8Array,
  weights: RewardWeights,
  preprocessing?: Preprocessing,
): Uint8Array {
  const half = widthOf(weights) / 2;
  const g = new GraphBuilder("float32", undefined, "reward/");
  const first = g.input("first", [ANY, half]);
  const second = g.input("second", [ANY, half]);
  addReward(g, g.concat([first, second], 1), weights);
  const metadata = preprocessing ? { ...METADATA, preprocessing: JSON.stringify(preprocessing) } : METADATA;
  return appendModel(encoder, g, { dynamicBatch: "N", metadata });
}

const METADATA = { method: "GAN-RM reward projection layer, table 6; score = sigmoid(logits[:, 1])" };

function addReward(g: GraphBuilder, features: Value, weights: RewardWeights): void {
  const logits = inferenceForward(g, features, (name) => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`The reward model has no "${name}".`);
    return g.constant(tensor.data, tensor.shape);
  });
  const column = g.slice(logits, 1, { start: REAL, end: REAL + 1 });
  // not a Reshape, whose constant would hold the batch size
  const logit = g.emit("Squeeze", [column, g.integers([1])], { shape: [ANY] });
  g.output("logits", logits);
  g.output("logit", logit);
  g.output("score", g.sigmoid(logit));
}
