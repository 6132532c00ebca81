import type { Matrix } from "../../server/ml/linear-algebra/matrix.ts";
import { product, zeros } from "../../server/ml/linear-algebra/products.ts";
import { frechetDistance } from "../../server/ml/metrics/frechet.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns } from "./in-turns.ts";

const WIDTH = 2048;
const ROWS = 10_000;
const ROUNDS = 5;
/** Rows at a time and columns in a block of the covariance's products: as in server/ml/metrics/covariance.ts. */
const CHUNK = 2000;
const BLOCK = 256;

/**
 * Frechet distance over the double precision products that its formula can't do without, in ONNX Runtime, on random matrices: the upper
 * half of both covariances in blocks, and one product of the size of the covariances. What finds the singular values is not in it.
 */
export const frechet: Benchmark = {
  name: "frechet",
  async run() {
    const random = new Random(1);
    const [a, b] = [rows(random, 1), rows(random, 1.1)];
    const columns = filled(random, WIDTH, CHUNK);
    const outputs = Array.from({ length: WIDTH / BLOCK }, (_, i) => zeros(BLOCK, WIDTH - i * BLOCK));
    const [left, right, whole] = [filled(random, WIDTH, WIDTH), filled(random, WIDTH, WIDTH), zeros(WIDTH, WIDTH)];
    const middle = await inTurns(ROUNDS, {
      ours: () => milliseconds(() => frechetDistance(a, b)),
      reference: () =>
        milliseconds(async () => {
          for (let side = 0; side < 2; side++) await covarianceProducts(columns, outputs);
          await product("timesTransposed", { a: left, b: right }, whole);
        }),
    });
    return {
      name: "frechet",
      ratio: middle.ours / middle.reference,
      ...middle,
      unit: "ms",
      how: `Frechet distance of ${ROWS} against ${ROWS} rows of ${WIDTH} float32 features, in double precision, over the bare float64 products it needs in ONNX Runtime (upper halves of both covariances, one ${WIDTH} cubed); in turns, median of ${ROUNDS}`,
    };
  },
};

async function covarianceProducts(columns: Matrix, outputs: readonly Matrix[]): Promise<void> {
  for (let start = 0; start < ROWS; start += CHUNK) {
    const chunk = Math.min(CHUNK, ROWS - start);
    const part = (from: number, to: number): Matrix => ({
      rows: to - from,
      columns: chunk,
      values: columns.values.subarray(from * chunk, to * chunk),
    });
    for (const [i, c] of outputs.entries()) {
      await product("timesTransposed", { a: part(i * BLOCK, (i + 1) * BLOCK), b: part(i * BLOCK, WIDTH) }, c);
    }
  }
}

/** Directions of different size, as in real features. */
function rows(random: Random, scale: number) {
  const values = Float32Array.from(
    { length: ROWS * WIDTH },
    (_, i) => (random.uniform() + random.uniform() - 1) * scale * (1 + (i % WIDTH)) ** -0.25,
  );
  return { values, width: WIDTH };
}

function filled(random: Random, n: number, width: number): Matrix {
  return { rows: n, columns: width, values: Float64Array.from({ length: n * width }, () => random.uniform() - 0.5) };
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
