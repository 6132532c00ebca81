import { GraphBuilder } from "../onnx/operators.ts";
import { prepareRun, Session, type TensorValue } from "../onnx/session.ts";
import type { Matrix } from "./matrix.ts";

/**
 * Products in double precision by ONNX Runtime, written into given memory, for matrices of any size: each is one small graph that is
 * loaded once in a process and kept (loading takes 5 ms, many of the products less).
 */
const GRAPHS = {
  /** c = a b */
  times: (g: GraphBuilder) => g.matmul(input(g, "a"), input(g, "b")),
  /** c = a b^T */
  timesTransposed: (g: GraphBuilder) => g.gemm(input(g, "a"), input(g, "b"), { transB: true }),
  /** c = a^T b */
  transposedTimes: (g: GraphBuilder) => g.gemm(input(g, "a"), input(g, "b"), { transA: true }),
  /** c = a b^T + d */
  addTimesTransposed: (g: GraphBuilder) => g.gemm(input(g, "a"), input(g, "b"), { transB: true, c: input(g, "d") }),
  /** c = d - a b^T */
  takeTimesTransposed: (g: GraphBuilder) =>
    g.gemm(input(g, "a"), input(g, "b"), { transB: true, c: input(g, "d"), alpha: -1 }),
  /** c = d - a b */
  takeTimes: (g: GraphBuilder) => g.gemm(input(g, "a"), input(g, "b"), { c: input(g, "d"), alpha: -1 }),
  /** c = a b + d */
  addTimes: (g: GraphBuilder) => g.gemm(input(g, "a"), input(g, "b"), { c: input(g, "d") }),
  /** c = t^T (a b) */
  project: (g: GraphBuilder) => g.gemm(input(g, "t"), g.matmul(input(g, "a"), input(g, "b")), { transA: true }),
  /** c = (a b^T - v (g b^T)) t */
  reach: (g: GraphBuilder) => {
    const b = input(g, "b");
    const inner = g.gemm(input(g, "g"), b, { transB: true });
    const outer = g.sub(g.gemm(input(g, "a"), b, { transB: true }), g.matmul(input(g, "v"), inner));
    return g.matmul(outer, input(g, "t"));
  },
};

export type Product = keyof typeof GRAPHS;

const sessions = new Map<Product, Promise<Session>>();

/**
 * Computes into `c`, which may be the operand `d` (the runtime copies d to c before it adds) and no other. Sizes that do not fit
 * throw there.
 */
export async function product(name: Product, operands: Readonly<Record<string, Matrix>>, c: Matrix): Promise<Matrix> {
  let session = sessions.get(name);
  if (!session) {
    const g = new GraphBuilder("float64");
    g.output("c", GRAPHS[name](g));
    session = Session.create(g.encode({ writesInto: true, anySize: true }));
    sessions.set(name, session);
  }
  const feeds = Object.fromEntries(Object.entries(operands).map(([key, matrix]) => [key, tensor(matrix)]));
  await (await session).runInto(prepareRun(feeds, { c: tensor(c) }));
  return c;
}

/** a [m, k] times the transpose of b [n, k], in new memory. */
export function timesTransposed(a: Matrix, b: Matrix): Promise<Matrix> {
  if (a.columns !== b.columns) throw new Error(`[${a.rows}, ${a.columns}] does not fit [${b.rows}, ${b.columns}].`);
  return product("timesTransposed", { a, b }, zeros(a.rows, b.rows));
}

export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/** The graphs are built with 1 for every size, and encoded without. */
function input(g: GraphBuilder, name: string) {
  return g.input(name, [1, 1]);
}

function tensor({ rows, columns, values }: Matrix): TensorValue {
  return { dtype: "float64", shape: [rows, columns], data: values };
}
