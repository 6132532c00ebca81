import type { Value } from "./graph.ts";
import { logSoftmax } from "./layers.ts";
import type { GraphBuilder } from "./operators.ts";

/**
 * Binary cross-entropy of logits with soft labels: mean of softplus(s) - s y, in nats; finite for every finite s.
 * logits and labels of one shape, labels in [0, 1]. log 2 for an undecided model. Source: GAN-RM section 3.2, y^ = sigma(s).
 */
export function bceWithLogits(g: GraphBuilder, logits: Value, labels: Value): Value {
  return g.reduceMean(g.sub(g.softplus(logits), g.mul(logits, labels)));
}

/** Softmax cross-entropy with soft labels: -mean over rows of sum over classes of y log softmax(s). [n, classes] both. */
export function softmaxCrossEntropy(g: GraphBuilder, logits: Value, labels: Value, axis = -1): Value {
  const rows = g.reduceSum(g.mul(labels, logSoftmax(g, logits, axis)), [axis]);
  return g.neg(g.reduceMean(rows));
}
