import { GraphBuilder } from "../../server/ml/onnx/operators.ts";
import { type PreparedRun, prepareRun, Session } from "../../server/ml/onnx/session.ts";

/**
 * Shapes [m, k, n] tried for the peak, the best of which counts: which one wins depends on the machine's caches and its load
 * (seen on one machine: 512 cubed 280 GFLOP/s, 1024 cubed 140, the RPL's own first product 293).
 */
const PEAK_SHAPES = [
  [384, 384, 384],
  [512, 512, 512],
  [1024, 1024, 1024],
  [2304, 1536, 64],
] as const;

export const PEAK_SHAPE_COUNT = PEAK_SHAPES.length;

interface Gemm {
  readonly session: Session;
  readonly prepared: PreparedRun;
  readonly flop: number;
}

/** This machine's peak rate of float32 matrix products in ONNX Runtime, sampled in turns with what is measured against it. */
export class GemmPeak {
  /** the best so far, FLOP/s */
  rate = 0;

  private constructor(private readonly products: readonly Gemm[]) {}

  static async create(): Promise<GemmPeak> {
    return new GemmPeak(await Promise.all(PEAK_SHAPES.map(startGemm)));
  }

  /** One run of each shape. */
  async sample(): Promise<void> {
    for (const { session, prepared, flop } of this.products) {
      this.rate = Math.max(this.rate, flop / (await seconds(() => session.runInto(prepared))));
    }
  }

  async dispose(): Promise<void> {
    for (const { session } of this.products) await session.dispose();
  }
}

async function startGemm([m, k, n]: (typeof PEAK_SHAPES)[number]): Promise<Gemm> {
  const g = new GraphBuilder();
  g.output("c", g.gemm(g.input("a", [m, k]), g.input("b", [k, n])));
  const matrix = (rows: number, columns: number) => ({
    dtype: "float32" as const,
    shape: [rows, columns],
    data: new Float32Array(rows * columns).fill(0.5),
  });
  const session = await Session.create(g.encode({ writesInto: true }));
  return {
    session,
    prepared: prepareRun({ a: matrix(m, k), b: matrix(k, n) }, { c: matrix(m, n) }),
    flop: 2 * m * k * n,
  };
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
}
