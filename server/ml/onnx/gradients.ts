import type { Attribute, TapeEntry, Value } from "./graph.ts";
import { type GraphBuilder, sumTo, type TrainableOp } from "./operators.ts";
import { at, elementCount } from "./shape.ts";

/** The gradients of a node's inputs from those of its outputs; undefined: none flows there. */
export type GradientRule = (g: GraphBuilder, node: TapeEntry, dys: readonly Value[]) => (Value | undefined)[];

/** Rule of an operator with one output. dy: the gradient of the loss with respect to y. */
const single =
  (
    rule: (g: GraphBuilder, node: TapeEntry & { x: Value; y: Value }, dy: Value) => (Value | undefined)[],
  ): GradientRule =>
  (g, node, dys) =>
    rule(g, { ...node, x: at(node.inputs, 0), y: at(node.outputs, 0) }, at(dys, 0));

/** Rule of a * b-like operators, whose operands broadcast: gradients are summed over the broadcast axes. */
const broadcasting = (
  rule: (g: GraphBuilder, dy: Value, operands: { a: Value; b: Value; y: Value }) => [Value, Value],
) =>
  single((g, { inputs, x: a, y }, dy) => {
    const b = at(inputs, 1);
    const [da, db] = rule(g, dy, { a, b, y });
    return [sumTo(g, da, a.shape), sumTo(g, db, b.shape)];
  });

/** Vector-Jacobian products, L the loss and d? = dL/d?. Forgetting an operator does not compile. */
export const GRADIENTS = {
  Add: broadcasting((_g, dy) => [dy, dy]),
  Sub: broadcasting((g, dy) => [dy, g.neg(dy)]),
  Mul: broadcasting((g, dy, { a, b }) => [g.mul(dy, b), g.mul(dy, a)]),
  // y = a / b: da = dy / b, db = -da y
  Div: broadcasting((g, dy, { b, y }) => {
    const da = g.div(dy, b);
    return [da, g.neg(g.mul(da, y))];
  }),
  Neg: single((g, _node, dy) => [g.neg(dy)]),
  Exp: single((g, { y }, dy) => [g.mul(dy, y)]),
  Log: single((g, { x }, dy) => [g.div(dy, x)]),
  // d sqrt(x) = 1 / (2 sqrt(x)); infinite at 0
  Sqrt: single((g, { y }, dy) => [g.div(g.mul(dy, 0.5), y)]),
  // dy y (1 - y)
  Sigmoid: single((g, { y }, dy) => [g.mul(dy, g.mul(y, g.sub(1, y)))]),
  // dy (1 - y^2)
  Tanh: single((g, { y }, dy) => [g.mul(dy, g.sub(1, g.mul(y, y)))]),
  // dy [y > 0]: 0 at the kink. Sign has no WebGPU kernel and is slower (0.88 against 0.46 ms for 786k elements)
  Relu: single((g, { y }, dy) => [g.mul(dy, g.cast(g.greater(y, 0), g.floatType))]),
  // d log(1 + e^x) = sigma(x)
  Softplus: single((g, { x }, dy) => [g.mul(dy, g.sigmoid(x))]),
  ReduceSum: single((g, { x, y, inputs }, dy) => [g.expand(unreduced(g, { x, y, axes: at(inputs, 1) }, dy), x.shape)]),
  ReduceMean: single((g, { x, y, inputs }, dy) => {
    const share = g.mul(dy, elementCount(y.shape) / elementCount(x.shape));
    return [g.expand(unreduced(g, { x, y, axes: at(inputs, 1) }, share), x.shape)];
  }),
  Reshape: single((g, { x }, dy) => [g.reshape(dy, x.shape)]),
  Transpose: single((g, { attributes }, dy) => {
    const permutation = integers(attributes.perm);
    return [
      g.transpose(
        dy,
        permutation.map((_, i) => permutation.indexOf(i)),
      ),
    ];
  }),
  Concat: single((g, { inputs, attributes }, dy) => {
    const axis = integer(attributes.axis);
    return g.split(
      dy,
      inputs.map((part) => at(part.shape, axis)),
      axis,
    );
  }),
  Split: (g, { attributes }, dys) => [g.concat(dys, integer(attributes.axis))],
  Expand: single((g, { x }, dy) => [sumTo(g, dy, x.shape)]),
  // the gradient of what was cut away is 0
  Slice: single((g, { x, y, inputs }, dy) => {
    const starts = g.constantIntegers(at(inputs, 1));
    const axis = at(g.constantIntegers(at(inputs, 3)), 0);
    const before = x.shape.map((_, i) => (i === axis ? at(starts, 0) : 0));
    return [
      g.pad(
        dy,
        before,
        x.shape.map((size, i) => size - at(y.shape, i) - at(before, i)),
      ),
    ];
  }),
  Pad: single((g, { x, inputs }, dy) => {
    const before = g.constantIntegers(at(inputs, 1));
    return [x.shape.reduce((d, size, i) => g.cut(d, i, { start: at(before, i), size }), dy)];
  }),
  // rows that were read several times add up
  Gather: single((g, { x, inputs }, dy) => [
    g.scatterAddRows(g.expand(g.scalar(0), x.shape), at(inputs, 1), dy),
    undefined,
  ]),
  // Y = A B: dA = dY B^T, dB = A^T dY, summed over broadcast leading axes
  MatMul: single((g, { x: a, inputs }, dy) => {
    const b = at(inputs, 1);
    if (b.shape.length === 2) {
      // one large product instead of many small ones that are summed afterwards
      const flatA = g.reshape(a, [-1, at(a.shape, -1)]);
      const flatDy = g.reshape(dy, [-1, at(dy.shape, -1)]);
      return [g.reshape(g.gemm(flatDy, b, { transB: true }), a.shape), g.gemm(flatA, flatDy, { transA: true })];
    }
    return [sumTo(g, g.matmul(dy, swapped(g, b)), a.shape), sumTo(g, g.matmul(swapped(g, a), dy), b.shape)];
  }),
  // Y = alpha op(A) op(B) + C
  Gemm: single((g, { x: a, inputs, attributes }, dy) => {
    const b = at(inputs, 1);
    const c = inputs[2];
    const transA = integer(attributes.transA) === 1;
    const transB = integer(attributes.transB) === 1;
    const alpha = attributes.alpha === undefined ? 1 : float(attributes.alpha);
    return [
      transA ? g.gemm(b, dy, { transA: transB, transB: true, alpha }) : g.gemm(dy, b, { transB: !transB, alpha }),
      transB ? g.gemm(dy, a, { transA: true, transB: transA, alpha }) : g.gemm(a, dy, { transA: !transA, alpha }),
      c && sumTo(g, dy, c.shape),
    ];
  }),
  // y (dy - sum(dy y))
  Softmax: single((g, { y, attributes }, dy) => {
    const weighted = g.mul(dy, y);
    return [g.sub(weighted, g.mul(y, g.reduceSum(weighted, [integer(attributes.axis)], true)))];
  }),
  // y = (x - mean) s, s = 1 / sqrt(var + eps): dx = s (dy - mean(dy) - y mean(dy y))
  Standardize: single((g, { y, saved, attributes }, dy) => {
    const axes = integers(attributes.axes);
    const along = g.mul(y, g.reduceMean(g.mul(dy, y), axes, true));
    const centred = g.sub(g.sub(dy, g.reduceMean(dy, axes, true)), along);
    return [g.mul(centred, named(saved, "inverseDeviation"))];
  }),
  // y = c s gamma + beta, c = x - mean, s = 1 / sqrt(var + eps), over n rows:
  // dbeta = sum(dy), dgamma = s sum(dy c), dx = s gamma (dy - dbeta / n - c s^2 sum(dy c) / n)
  BatchNorm: single((g, { x, saved, attributes }, dy) => {
    const axes = integers(attributes.axes);
    const n = axes.reduce((product, axis) => product * at(x.shape, axis), 1);
    const along = (vector: Value) =>
      g.reshape(
        vector,
        x.shape.map((size, i) => (axes.includes(i) ? 1 : size)),
      );
    const [centred, inverse] = [named(saved, "centred"), named(saved, "inverseDeviation")];
    const dBeta = g.reduceSum(dy, axes);
    const dGamma = g.mul(inverse, g.reduceSum(g.mul(dy, centred), axes));
    const slope = g.mul(g.mul(inverse, dGamma), 1 / n);
    const level = g.mul(dBeta, 1 / n);
    const rest = g.sub(g.sub(dy, along(level)), g.mul(centred, along(slope)));
    return [g.mul(rest, along(named(saved, "scale"))), dGamma, dBeta];
  }),
  // y = x s, s = 1 / sqrt(mean(x^2) + eps): dx = s (dy - y mean(dy y))
  RmsNormalize: single((g, { y, saved, attributes }, dy) => {
    const along = g.mul(y, g.reduceMean(g.mul(dy, y), integers(attributes.axes), true));
    return [g.mul(g.sub(dy, along), named(saved, "inverseRms"))];
  }),
  // dy - softmax(x) sum(dy)
  LogSoftmax: single((g, { y, attributes }, dy) => [
    g.sub(dy, g.mul(g.exp(y), g.reduceSum(dy, [integer(attributes.axis)], true))),
  ]),
} satisfies Record<TrainableOp, GradientRule>;

/**
 * Emits into the same graph the gradients of a scalar loss with respect to `parameters`, in their order.
 * A parameter that the loss does not depend on gets zeros. Throws where the way leads through an operator without a rule.
 */
export function differentiate(g: GraphBuilder, loss: Value, parameters: readonly Value[]): Value[] {
  if (elementCount(loss.shape) !== 1) throw new Error(`The loss must be a scalar, not [${loss.shape}].`);
  const entries = [...g.tape];
  const moving = dependants(entries, parameters);
  const gradients = new Map<string, Value>([[loss.name, g.expand(g.scalar(1), loss.shape)]]);
  for (const entry of entries.toReversed()) {
    if (!entry.outputs.some((output) => gradients.has(output.name))) continue;
    if (!entry.inputs.some((input) => moving.has(input.name))) continue;
    const rule: GradientRule | undefined = RULES[entry.op];
    if (!rule) throw new Error(`Operator ${entry.op} has no gradient.`);
    const dys = entry.outputs.map((y) => gradients.get(y.name) ?? g.expand(g.scalar(0), y.shape));
    for (const [i, dx] of rule(g, entry, dys).entries()) {
      const input = entry.inputs[i];
      if (!dx || !input || !moving.has(input.name)) continue;
      const known = gradients.get(input.name);
      gradients.set(input.name, known ? g.add(known, dx) : dx);
    }
  }
  return parameters.map((p) => gradients.get(p.name) ?? g.expand(g.scalar(0), p.shape));
}

const RULES: Readonly<Record<string, GradientRule>> = GRADIENTS;
/** ReduceMax is used only to shift exponents, where its gradient cancels. */
const CONSTANT_OPS = new Set(["ReduceMax", "Greater", "Cast"]);

/** Names of values that a change of the parameters changes. */
function dependants(entries: readonly TapeEntry[], parameters: readonly Value[]): Set<string> {
  const moving = new Set(parameters.map((parameter) => parameter.name));
  for (const { op, inputs, outputs } of entries) {
    if (CONSTANT_OPS.has(op) || !inputs.some((input) => moving.has(input.name))) continue;
    for (const output of outputs) moving.add(output.name);
  }
  return moving;
}

/** dy with the reduced axes back in place as size 1. */
function unreduced(g: GraphBuilder, node: { x: Value; y: Value; axes: Value }, dy: Value): Value {
  const axes = g.constantIntegers(node.axes);
  return g.reshape(
    dy,
    node.x.shape.map((size, i) => (axes.includes(i) ? 1 : size)),
  );
}

function swapped(g: GraphBuilder, x: Value): Value {
  const rank = x.shape.length;
  return g.transpose(x, [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2));
}

function named(saved: Readonly<Record<string, Value>>, name: string): Value {
  const value = saved[name];
  if (!value) throw new Error(`The forward pass did not save "${name}".`);
  return value;
}

function integer(attribute: unknown): number {
  if (typeof attribute !== "number") throw new Error("An integer attribute is missing.");
  return attribute;
}

function float(attribute: Attribute): number {
  if (typeof attribute !== "object" || !("float" in attribute)) throw new Error("A number's attribute is missing.");
  return attribute.float;
}

function integers(attribute: unknown): number[] {
  if (!Array.isArray(attribute)) throw new Error("A list attribute is missing.");
  return attribute.map(Number);
}
