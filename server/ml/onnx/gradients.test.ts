import { expect, test } from "vitest";
import { differentiate, GRADIENTS } from "./gradients.ts";
import type { Value } from "./graph.ts";
import {
  attention,
  batchNormInference,
  batchNormTraining,
  gelu,
  layerNorm,
  logSoftmax,
  rmsNorm,
  standardize,
} from "./layers.ts";
import { bceWithLogits, softmaxCrossEntropy } from "./losses.ts";
import { GraphBuilder, type TrainableOp } from "./operators.ts";
import { Random } from "./random.ts";
import { Session } from "./session.ts";
import { at, elementCount, type Shape } from "./shape.ts";

interface Case {
  /** shapes of the operands, which are the parameters */
  readonly shapes: readonly Shape[];
  readonly build: (g: GraphBuilder, x: readonly Value[]) => Value | Value[];
  /** lower end of the operands; default: both signs */
  readonly positive?: boolean;
}

const one = (build: (g: GraphBuilder, x: Value) => Value | Value[], shape: Shape = [2, 3, 4]): Case => ({
  shapes: [shape],
  build: (g, x) => build(g, at(x, 0)),
});
const two = (a: Shape, b: Shape, build: (g: GraphBuilder, a: Value, b: Value) => Value): Case => ({
  shapes: [a, b],
  build: (g, x) => build(g, at(x, 0), at(x, 1)),
});

/** One or more cases for each row of the table; forgetting one does not compile. */
const CASES: Record<TrainableOp, Case[]> = {
  Add: [two([2, 3], [3], (g, a, b) => g.add(a, b)), two([2, 1, 4], [3, 1], (g, a, b) => g.add(a, b))],
  Sub: [two([3, 1], [2, 1, 4], (g, a, b) => g.sub(a, b))],
  Mul: [two([2, 3], [2, 1], (g, a, b) => g.mul(a, b)), one((g, x) => g.mul(x, x))],
  Div: [{ ...two([2, 3], [3], (g, a, b) => g.div(a, b)), positive: true }],
  Neg: [one((g, x) => g.neg(x))],
  Exp: [one((g, x) => g.exp(x))],
  Log: [{ ...one((g, x) => g.log(x)), positive: true }],
  Sqrt: [{ ...one((g, x) => g.sqrt(x)), positive: true }],
  Sigmoid: [one((g, x) => g.sigmoid(x))],
  Tanh: [one((g, x) => g.tanh(x)), one((g, x) => gelu(g, x))],
  Relu: [one((g, x) => g.relu(x))],
  Softplus: [one((g, x) => g.softplus(x))],
  ReduceSum: [
    one((g, x) => g.reduceSum(x, [1])),
    one((g, x) => g.reduceSum(x, [0, -1], true)),
    one((g, x) => g.reduceSum(x)),
  ],
  ReduceMean: [one((g, x) => g.reduceMean(x, [0, 2])), one((g, x) => g.reduceMean(x, [1], true))],
  Reshape: [one((g, x) => g.reshape(x, [4, -1]))],
  Transpose: [one((g, x) => g.transpose(x, [1, 2, 0]))],
  Concat: [two([2, 3], [2, 1], (g, a, b) => g.concat([a, b, a], 1))],
  Split: [one((g, x) => g.split(x, [1, 3], 2)), one((g, x) => at(g.split(x, [1, 2], 1), 1))],
  Expand: [one((g, x) => g.expand(x, [2, 3, 4]), [3, 1])],
  Slice: [one((g, x) => g.slice(x, 1, { start: 1, end: 2 })), one((g, x) => g.slice(x, -1, { start: 0, end: 3 }))],
  Pad: [one((g, x) => g.pad(x, [0, 1, 2], [1, 0, 3]))],
  Gather: [one((g, x) => g.gather(x, g.integers([4, 0, 4, 4, 2, 0], [3, 2])), [5, 3])],
  MatMul: [
    two([2, 3, 4], [4, 5], (g, a, b) => g.matmul(a, b)),
    two([2, 1, 3, 4], [3, 4, 2], (g, a, b) => g.matmul(a, b)),
    {
      shapes: [
        [1, 2, 3, 4],
        [1, 2, 5, 4],
        [1, 2, 5, 4],
      ],
      build: (g, x) => attention(g, { q: at(x, 0), k: at(x, 1), v: at(x, 2) }),
    },
  ],
  Gemm: [false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      shapes: [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5], transB ? [5] : [3, 1]],
      build: (g: GraphBuilder, x: readonly Value[]) =>
        g.gemm(at(x, 0), at(x, 1), { c: at(x, 2), transA, transB, alpha: transA ? -0.7 : 1 }),
    })),
  ),
  Softmax: [one((g, x) => g.softmax(x, -1)), one((g, x) => g.softmax(x, 1))],
  Standardize: [
    one((g, x) => standardize(g, x, { axes: [0, 2], epsilon: 1e-3 })),
    { shapes: [[3, 4], [4], [4]], build: (g, x) => layerNorm(g, at(x, 0), { gamma: at(x, 1), beta: at(x, 2) }) },
  ],
  BatchNorm: [
    { shapes: [[5, 2], [2], [2]], build: (g, x) => batchNorm(g, x, { axis: 1 }) },
    { shapes: [[2, 5], [2], [2]], build: (g, x) => batchNorm(g, x, { axis: 0 }) },
    { shapes: [[3, 2, 4], [2], [2]], build: (g, x) => batchNorm(g, x, { axis: 1 }) },
    { shapes: [[5, 2], [2], [2]], build: (g, x) => batchNorm(g, x) },
  ],
  RmsNormalize: [two([3, 4], [4], (g, x, gamma) => rmsNorm(g, x, { gamma }))],
  LogSoftmax: [
    one((g, x) => logSoftmax(g, x, 1)),
    one((g, x) => bceWithLogits(g, x, g.sigmoid(g.scalar(0.3)))),
    one((g, x) => softmaxCrossEntropy(g, x, g.constant(Float64Array.of(0.3, 0.7, 1, 0), [2, 2])), [2, 2]),
  ],
};

function batchNorm(g: GraphBuilder, x: readonly Value[], training?: { axis: number }): Value {
  const statistics = {
    runningMean: g.constant(Float64Array.of(0.1, -0.2), [2]),
    runningVariance: g.constant(Float64Array.of(0.9, 2), [2]),
  };
  const parameters = { gamma: at(x, 1), beta: at(x, 2), ...statistics };
  return training
    ? batchNormTraining(g, at(x, 0), { ...training, parameters }).output
    : batchNormInference(g, at(x, 0), parameters);
}

test.each(Object.keys(GRADIENTS) as TrainableOp[])("%s: gradient equals central differences in float64", async (op) => {
  for (const testCase of CASES[op]) expect(await largestError(testCase)).toBeLessThan(2e-7);
});

/** Largest |analytic - numeric| / max(1, |numeric|) over all entries, h = 1e-5. */
async function largestError({ shapes, build, positive = false }: Case): Promise<number> {
  const g = new GraphBuilder("float64");
  const parameters = shapes.map((shape, i) => g.input(`x${i}`, shape));
  const outputs = [build(g, parameters)].flat();
  // a weighted sum, so that a gradient in the wrong order or place shows
  const random = new Random(7, shapes.length);
  const weights = outputs.map((y) =>
    g.constant(
      Float64Array.from({ length: elementCount(y.shape) }, () => 0.5 + random.uniform()),
      y.shape,
    ),
  );
  const loss = outputs.map((y, i) => g.reduceSum(g.mul(y, at(weights, i)))).reduce((a, b) => g.add(a, b));
  g.output("loss", loss);
  for (const [i, dx] of differentiate(g, loss, parameters).entries()) g.output(`dx${i}`, dx);
  const session = await Session.create(g.encode());
  const data = shapes.map((shape) =>
    Float64Array.from({ length: elementCount(shape) }, () => (positive ? 0.5 + random.uniform() : random.normal())),
  );
  const evaluate = async () =>
    session.run(
      Object.fromEntries(data.map((x, i) => [`x${i}`, { dtype: "float64" as const, shape: at(shapes, i), data: x }])),
    );
  const lossNow = async () => Number((await evaluate()).loss?.data[0]);
  const analytic = await evaluate();
  let worst = 0;
  for (const [i, x] of data.entries()) {
    expect(analytic[`dx${i}`]?.shape).toEqual(at(shapes, i));
    for (let k = 0; k < x.length; k++) {
      const kept = at(x, k);
      x[k] = kept + 1e-5;
      const above = await lossNow();
      x[k] = kept - 1e-5;
      const numeric = (above - (await lossNow())) / 2e-5;
      x[k] = kept;
      worst = Math.max(worst, Math.abs(Number(analytic[`dx${i}`]?.data[k]) - numeric) / Math.max(1, Math.abs(numeric)));
    }
  }
  await session.dispose();
  return worst;
}

test("a gradient through an operator without a rule is refused by name", () => {
  const g = new GraphBuilder("float64");
  const x = g.input("x", [2]);
  const y = g.reduceSum(g.where(g.greater(x, 0), x, 0));
  expect(() => differentiate(g, y, [x])).toThrow("Operator Where has no gradient.");
});
