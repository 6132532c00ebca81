import type { Preprocessing } from "../encoders/preprocessing.ts";
import { appendModel } from "../onnx/compose.ts";
import type { Value } from "../onnx/graph.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import type { TensorValue } from "../onnx/session.ts";
import { at } from "../onnx/shape.ts";
import { constantsOf, inferenceForward, inputsOf, REAL, type RewardWeights, widthOf } from "./rpl.ts";

/** Stands for the batch while the graph is built; the file says "N". No constant of the graph depends on it. */
const ANY = 3;

/**
 * ONNX model: features [N, W] float32 (raw encoder features) -> logits [N, 2] (fake, real), logit [N] (the positive one),
 * score [N] = sigma(logit). N is free. Of c > 1 members (VOTING) logits is [N, c, 2], score the mean of the members' scores
 * and logit that mean's. Throws without members and where their widths differ.
 */
export function exportFeatureModel(members: readonly RewardWeights[]): Uint8Array {
  const g = new GraphBuilder();
  const features = g.input("features", [ANY, commonWidth(members)]);
  addReward(
    g,
    features,
    members.map((weights) => constantsOf(g, weights)),
  );
  return g.encode({ dynamicBatch: "N", metadata: metadataOf(members) });
}

/** The same graph with the weights as inputs, for who scores some rows and keeps nothing: any number of rows at a time. */
export function scoringGraph(members: readonly RewardWeights[]): {
  model: Uint8Array;
  weights: Record<string, TensorValue>;
} {
  const g = new GraphBuilder();
  const features = g.input("features", [ANY, commonWidth(members)]);
  const inputs = members.map((weights, i) => inputsOf(g, weights, `member.${i}.`));
  addReward(
    g,
    features,
    inputs.map(({ values }) => values),
  );
  return { model: g.encode({ anySize: true }), weights: Object.assign({}, ...inputs.map(({ feeds }) => feeds)) };
}

/**
 * ONNX model: image -> logits, logit, score, as above. The encoder is an ONNX file as `Encoder.imageModel` gives it: one
 * input, the outputs `first` [N, D] and `second` [N, D]; it is carried over unchanged, with its own input and batch size. How
 * a picture becomes that input is written into the file's metadata, as `preprocessing`. Throws where an output is missing or
 * its declared width is not the reward model's.
 */
export function exportImageModel(
  encoder: Uint8Array,
  members: readonly RewardWeights[],
  preprocessing?: Preprocessing,
): Uint8Array {
  const half = commonWidth(members) / 2;
  const g = new GraphBuilder("float32", undefined, "reward/");
  const first = g.input("first", [ANY, half]);
  const second = g.input("second", [ANY, half]);
  addReward(
    g,
    g.concat([first, second], 1),
    members.map((weights) => constantsOf(g, weights)),
  );
  const metadata = { ...metadataOf(members), ...(preprocessing && { preprocessing: JSON.stringify(preprocessing) }) };
  return appendModel(encoder, g, { dynamicBatch: "N", metadata });
}

function metadataOf({ length: c }: readonly RewardWeights[]): Record<string, string> {
  const one = "GAN-RM reward projection layer, table 6; score = sigmoid(logits[:, 1])";
  const several = `GAN-RM reward projection layers (table 6) of ${c} snapshots; score = mean(sigmoid(logits[:, :, 1]))`;
  return { method: c === 1 ? one : several };
}

function commonWidth(members: readonly RewardWeights[]): number {
  const [width, ...others] = new Set(members.map(widthOf));
  if (width === undefined || others.length > 0)
    throw new Error(`Members of widths [${members.map(widthOf)}] are no model.`);
  return width;
}

/** Outputs logits, logit and score of raw features; each member by what finds its tensors by name. */
function addReward(g: GraphBuilder, features: Value, members: readonly ((name: string) => Value)[]): void {
  const logits = members.map((values) => inferenceForward(g, features, values).logits);
  const positive = logits.map((both) => g.slice(both, 1, { start: REAL, end: REAL + 1 }));
  if (members.length === 1) {
    const logit = column(g, at(positive, 0));
    g.output("logits", at(logits, 0));
    g.output("logit", logit);
    g.output("score", g.sigmoid(logit));
    return;
  }
  const apart = logits.map((both) => g.emit("Unsqueeze", [both, g.integers([1])], { shape: [ANY, 1, 2] }));
  const z = g.concat(positive, 1);
  g.output("logits", g.concat(apart, 1));
  g.output("logit", column(g, logitOfMean(g, z)));
  g.output("score", g.reduceMean(g.sigmoid(z), [1]));
}

/**
 * [n, c] -> [n, 1]: the logit of the mean of sigma(z) over the members, log(sum sigma(z)) - log(sum sigma(-z)) with
 * log sigma(z) = -softplus(-z), finite where the mean itself rounds to 0 or 1.
 */
function logitOfMean(g: GraphBuilder, z: Value): Value {
  const logSum = (logs: Value): Value => {
    const largest = g.reduceMax(logs, [1], true);
    return g.add(largest, g.log(g.reduceSum(g.exp(g.sub(logs, largest)), [1], true)));
  };
  return g.sub(logSum(g.neg(g.softplus(g.neg(z)))), logSum(g.neg(g.softplus(z))));
}

/** [n, 1] -> [n]; not by a Reshape, whose constant would hold the batch size. */
function column(g: GraphBuilder, x: Value): Value {
  return g.emit("Squeeze", [x, g.integers([1])], { shape: [ANY] });
}
