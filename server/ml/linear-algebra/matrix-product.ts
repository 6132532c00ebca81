import { GraphBuilder } from "../onnx/operators.ts";
import { Session } from "../onnx/session.ts";
import type { Matrix } from "./matrix.ts";

/** Below this many multiply-adds loading a session costs more than the product (2 ms; JavaScript does 1e9 a second). */
const WORTH_A_SESSION = 2e6;

/** a [m, k] times the transpose of b [n, k], in double precision. Both may be the same matrix. */
export async function timesTransposed(a: Matrix, b: Matrix): Promise<Matrix> {
  if (a.columns !== b.columns) throw new Error(`[${a.rows}, ${a.columns}] does not fit [${b.rows}, ${b.columns}].`);
  if (a.rows * b.rows * a.columns < WORTH_A_SESSION) return smallProduct(a, b);
  const g = new GraphBuilder("float64");
  const left = g.input("a", [a.rows, a.columns]);
  const right = a === b ? left : g.input("b", [b.rows, b.columns]);
  g.output("c", g.gemm(left, right, { transB: true }));
  const session = await Session.create(g.encode());
  try {
    const { c } = await session.run(a === b ? { a: feed(a) } : { a: feed(a), b: feed(b) });
    if (!(c?.data instanceof Float64Array)) throw new Error("The product is not float64.");
    return { rows: a.rows, columns: b.rows, values: c.data };
  } finally {
    await session.dispose();
  }
}

function feed({ rows, columns, values }: Matrix) {
  return { dtype: "float64" as const, shape: [rows, columns], data: values };
}

function smallProduct(a: Matrix, b: Matrix): Matrix {
  const values = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let sum = 0;
      for (let k = 0; k < a.columns; k++) {
        sum += (a.values[i * a.columns + k] ?? 0) * (b.values[j * b.columns + k] ?? 0);
      }
      values[i * b.rows + j] = sum;
    }
  }
  return { rows: a.rows, columns: b.rows, values };
}
