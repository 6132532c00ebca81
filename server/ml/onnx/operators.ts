import { type DType, Graph, type Value } from "./graph.ts";
import {
  at,
  broadcast,
  elementCount,
  matmulShape,
  normalAxes,
  reducedShape,
  resolvedShape,
  type Shape,
  sameShape,
} from "./shape.ts";

/** Operators a gradient goes through. All of them, and all that their gradients use, have WebGPU kernels. */
export type TrainableOp =
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Sigmoid"
  | "Tanh"
  | "Relu"
  | "Softplus"
  | "ReduceSum"
  | "ReduceMean"
  | "Reshape"
  | "Transpose"
  | "Concat"
  | "Split"
  | "Expand"
  | "Slice"
  | "Pad"
  | "Gather"
  | "MatMul"
  | "Gemm"
  | "Softmax"
  | "Standardize"
  | "BatchNorm"
  | "RmsNormalize"
  | "LogSoftmax"; // composites of layers.ts

export type Operand = Value | number;

/** Typed operators with shape inference. Numbers stand for scalars of the graph's float type. */
export class GraphBuilder extends Graph {
  add(a: Operand, b: Operand): Value {
    return this.binary("Add", a, b);
  }
  sub(a: Operand, b: Operand): Value {
    return this.binary("Sub", a, b);
  }
  mul(a: Operand, b: Operand): Value {
    return this.binary("Mul", a, b);
  }
  div(a: Operand, b: Operand): Value {
    return this.binary("Div", a, b);
  }
  neg(x: Value): Value {
    return this.emit("Neg", [x], x);
  }
  exp(x: Value): Value {
    return this.emit("Exp", [x], x);
  }
  /** natural logarithm */
  log(x: Value): Value {
    return this.emit("Log", [x], x);
  }
  sqrt(x: Value): Value {
    return this.emit("Sqrt", [x], x);
  }
  sigmoid(x: Value): Value {
    return this.emit("Sigmoid", [x], x);
  }
  tanh(x: Value): Value {
    return this.emit("Tanh", [x], x);
  }
  /** max(x, 0); its gradient at 0 is 0 */
  relu(x: Value): Value {
    return this.emit("Relu", [x], x);
  }
  /** log(1 + e^x), finite for every finite x */
  softplus(x: Value): Value {
    return this.emit("Softplus", [x], x);
  }

  /** Without axes: over all of them. */
  reduceSum(x: Value, axes?: readonly number[], keep = false): Value {
    return this.reduce("ReduceSum", x, { axes, keep });
  }
  reduceMean(x: Value, axes?: readonly number[], keep = false): Value {
    return this.reduce("ReduceMean", x, { axes, keep });
  }
  /** No gradient: treated as a constant. */
  reduceMax(x: Value, axes?: readonly number[], keep = false): Value {
    return this.reduce("ReduceMax", x, { axes, keep });
  }

  /** One size of `shape` may be -1. */
  reshape(x: Value, shape: Shape): Value {
    const resolved = resolvedShape(x.shape, shape);
    return sameShape(x.shape, resolved)
      ? x
      : this.emit("Reshape", [x, this.integers(resolved)], { shape: resolved, dtype: x.dtype });
  }
  transpose(x: Value, permutation: readonly number[] = x.shape.map((_, i) => x.shape.length - 1 - i)): Value {
    if (x.shape.some((_, i) => !permutation.includes(i)) || permutation.length !== x.shape.length) {
      throw new Error(`[${permutation}] does not permute the axes of [${x.shape}].`);
    }
    const shape = permutation.map((axis) => at(x.shape, axis));
    return this.emit("Transpose", [x], { shape, dtype: x.dtype, attributes: { perm: permutation } });
  }
  concat(parts: readonly Value[], axis: number): Value {
    const first = at(parts, 0);
    const [along = 0] = normalAxes([axis], first.shape.length);
    for (const part of parts) {
      if (!sameShape(reducedShape(part.shape, [along], false), reducedShape(first.shape, [along], false))) {
        throw new Error(`Concat along ${axis}: [${part.shape}] does not fit [${first.shape}].`);
      }
    }
    const size = parts.reduce((sum, part) => sum + at(part.shape, along), 0);
    const shape = first.shape.map((own, i) => (i === along ? size : own));
    return this.emit("Concat", parts, { shape, dtype: first.dtype, attributes: { axis: along } });
  }
  split(x: Value, sizes: readonly number[], axis: number): Value[] {
    const [along = 0] = normalAxes([axis], x.shape.length);
    if (sizes.reduce((sum, size) => sum + size, 0) !== at(x.shape, along)) {
      throw new Error(`Parts of ${sizes} do not add up to axis ${axis} of [${x.shape}].`);
    }
    const shapes = sizes.map((size) => x.shape.map((own, i) => (i === along ? size : own)));
    return this.emitMany("Split", [x, this.integers(sizes)], { shapes, dtype: x.dtype, attributes: { axis: along } });
  }
  /** Broadcasts to exactly `shape`. */
  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    if (!sameShape(broadcast(x.shape, shape), shape)) throw new Error(`[${x.shape}] does not expand to [${shape}].`);
    return this.emit("Expand", [x, this.integers(shape)], { shape, dtype: x.dtype });
  }
  /** Elements start..end-1 along one axis. */
  slice(x: Value, axis: number, range: { start: number; end: number }): Value {
    const [along = 0] = normalAxes([axis], x.shape.length);
    const { start, end } = range;
    if (start < 0 || end > at(x.shape, along) || end <= start) {
      throw new Error(`Slice ${start}..${end} is outside axis ${axis} of [${x.shape}].`);
    }
    const shape = x.shape.map((own, i) => (i === along ? end - start : own));
    const inputs = [x, this.integers([start]), this.integers([end]), this.integers([along])];
    return this.emit("Slice", inputs, { shape, dtype: x.dtype });
  }
  /** `size` elements from `start` along one axis; all of the axis: x itself. */
  cut(x: Value, axis: number, range: { start: number; size: number }): Value {
    if (range.size === x.shape[axis]) return x;
    return this.slice(x, axis, { start: range.start, end: range.start + range.size });
  }
  /** Zeros around: `before` and `after` hold a count for each axis. */
  pad(x: Value, before: readonly number[], after: readonly number[]): Value {
    const shape = x.shape.map((size, i) => size + at(before, i) + at(after, i));
    return this.emit("Pad", [x, this.integers([...before, ...after])], { shape, attributes: { mode: "constant" } });
  }
  /** Rows of `table` [V, ...] by `indices` (int64, any shape): [...indices, ...]. */
  gather(table: Value, indices: Value): Value {
    if (indices.dtype !== "int64") throw new Error("Gather wants int64 indices.");
    const shape = [...indices.shape, ...table.shape.slice(1)];
    return this.emit("Gather", [table, indices], { shape, dtype: table.dtype, attributes: { axis: 0 } });
  }

  /** a [..., m, k] x b [..., k, n]; the leading axes broadcast. */
  matmul(a: Value, b: Value): Value {
    return this.emit("MatMul", [a, b], { shape: matmulShape(a.shape, b.shape) });
  }
  /** alpha op(a) op(b) + c for matrices; c broadcasts. */
  gemm(a: Value, b: Value, options: { c?: Value; transA?: boolean; transB?: boolean; alpha?: number } = {}): Value {
    const { c, transA = false, transB = false, alpha = 1 } = options;
    const left = transA ? a.shape.toReversed() : a.shape;
    const right = transB ? b.shape.toReversed() : b.shape;
    if (left.length !== 2 || right.length !== 2) throw new Error(`Gemm wants matrices, not [${left}] and [${right}].`);
    const shape = matmulShape(left, right);
    if (c && !sameShape(broadcast(c.shape, shape), shape))
      throw new Error(`Gemm: [${c.shape}] does not fit [${shape}].`);
    const attributes = {
      transA: Number(transA),
      transB: Number(transB),
      // left out where it is the operator's default
      ...(alpha !== 1 && { alpha: { float: alpha } }),
    };
    return this.emit("Gemm", c ? [a, b, c] : [a, b], { shape, attributes });
  }
  softmax(x: Value, axis = -1): Value {
    const [along = 0] = normalAxes([axis], x.shape.length);
    return this.emit("Softmax", [x], { shape: x.shape, attributes: { axis: along } });
  }

  // below: no gradient

  greater(a: Operand, b: Operand): Value {
    const [left, right] = [this.operand(a), this.operand(b)];
    return this.emit("Greater", [left, right], { shape: broadcast(left.shape, right.shape), dtype: "bool" });
  }
  where(condition: Value, a: Operand, b: Operand): Value {
    const [left, right] = [this.operand(a), this.operand(b)];
    const shape = broadcast(condition.shape, broadcast(left.shape, right.shape));
    return this.emit("Where", [condition, left, right], { shape });
  }
  cast(x: Value, dtype: DType): Value {
    const codes = { float32: 1, uint8: 2, int64: 7, bool: 9, float64: 11 };
    return this.emit("Cast", [x], { shape: x.shape, dtype, attributes: { to: codes[dtype] } });
  }
  min(a: Operand, b: Operand): Value {
    return this.binary("Min", a, b);
  }
  identity(x: Value): Value {
    return this.emit("Identity", [x], x);
  }
  /**
   * base [rows, ...] with `updates` [...indices, ...] added to the rows named by `indices`; repeated rows add up. A one-hot
   * product: ScatterND(add) of ONNX Runtime 1.30 loses updates of repeated rows when it runs in several threads.
   */
  scatterAddRows(base: Value, indices: Value, updates: Value): Value {
    const rows = base.shape[0] ?? 0;
    const n = elementCount(indices.shape);
    const numbers = this.cast(
      this.integers(
        Array.from({ length: rows }, (_, i) => i),
        [rows, 1],
      ),
      "float32",
    );
    const wanted = this.cast(this.reshape(indices, [1, n]), "float32");
    const hit = this.emit("Equal", [numbers, wanted], { shape: [rows, n], dtype: "bool" });
    const flat = this.reshape(updates, [n, elementCount(updates.shape) / n]);
    return this.add(base, this.reshape(this.matmul(this.cast(hit, base.dtype), flat), base.shape));
  }

  /**
   * Runs `body` `trips` times in one session.run. The body gets the iteration number (int64 scalar) and the state, and
   * returns the next state (same shapes) and values to collect; collected values gain a leading axis of `trips`.
   */
  loop(
    trips: number,
    initial: readonly Value[],
    body: (g: GraphBuilder, iteration: Value, state: Value[]) => { state: readonly Value[]; collect: readonly Value[] },
  ): { state: Value[]; collected: Value[] } {
    const inner = new GraphBuilder(this.floatType, this);
    const iteration = inner.input(this.freshName("iteration"), [], "int64");
    const going = inner.input(this.freshName("going"), [], "bool");
    const state = initial.map((value) => inner.input(this.freshName("state"), value.shape, value.dtype));
    const result = body(inner, iteration, state);
    inner.output(this.freshName("going"), going);
    for (const [i, value] of result.state.entries()) {
      this.assertSame(value, at(initial, i), "Loop state");
      inner.output(this.freshName("next"), value);
    }
    for (const value of result.collect) inner.output(this.freshName("collect"), value);
    const count = this.integers([trips], []);
    const always = this.cast(this.integers([1], []), "bool");
    const made = [...result.state, ...result.collect];
    const outputs = this.emitMany("Loop", [count, always, ...initial], {
      shapes: made.map((value, i) => (i < initial.length ? value.shape : [trips, ...value.shape])),
      dtypes: made.map((value) => value.dtype),
      attributes: { body: inner },
    });
    return { state: outputs.slice(0, initial.length), collected: outputs.slice(initial.length) };
  }

  operand(x: Operand): Value {
    return typeof x === "number" ? this.scalar(x) : x;
  }

  private binary(op: string, a: Operand, b: Operand): Value {
    const [left, right] = [this.operand(a), this.operand(b)];
    if (left.dtype !== right.dtype) throw new Error(`${op} of ${left.dtype} and ${right.dtype}.`);
    return this.emit(op, [left, right], { shape: broadcast(left.shape, right.shape), dtype: left.dtype });
  }

  private reduce(op: string, x: Value, options: { axes?: readonly number[]; keep: boolean }): Value {
    const axes = normalAxes(options.axes ?? x.shape.map((_, i) => i), x.shape.length);
    const shape = reducedShape(x.shape, axes, options.keep);
    return this.emit(op, [x, this.integers(axes)], { shape, attributes: { keepdims: Number(options.keep) } });
  }
}

/** Sums x down to a shape that broadcasts to x's: the adjoint of broadcasting. */
export function sumTo(g: GraphBuilder, x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, i) => (i < extra || (shape[i - extra] === 1 && size !== 1) ? [i] : []));
  return elementCount(x.shape) === elementCount(shape)
    ? g.reshape(x, shape)
    : g.reshape(g.reduceSum(x, axes, true), shape);
}
