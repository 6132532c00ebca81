import { BLOCK, type LowerTriangle, lowerTriangle, rowsOf } from "../../server/ml/linear-algebra/lower-triangle.ts";
import type { Matrix } from "../../server/ml/linear-algebra/matrix.ts";
import { product, zeros } from "../../server/ml/linear-algebra/products.ts";
import { frechetDistance } from "../../server/ml/metrics/frechet.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns } from "./in-turns.ts";

const WIDTH = 2048;
const ROWS = 10_000;
const ROUNDS = 5;
/** Rows at a time of the covariance's products: as in server/ml/metrics/scatter.ts. */
const CHUNK = 2000;

/**
 * Operations of what else is products: two Cholesky factors, n^3 / 3 each, and the reduction to a band, 8/3 n^3. They are counted at the
 * speed of the one large product, 2 n^3, though they are made of narrow ones, which are slower.
 */
const OTHER_PRODUCTS = (2 / 3 + 8 / 3) / 2;

/**
 * Frechet distance over the double precision products that it is made of, in ONNX Runtime, on random matrices: the lower half of both
 * covariances in blocks, one product of the size of the covariances, and `OTHER_PRODUCTS` of the like. `how` also gives the
 * ratio to those two alone, which the formula names.
 */
export const frechet: Benchmark = {
  name: "frechet",
  async run() {
    const random = new Random(1);
    const [a, b] = [rows(random, 1), rows(random, 1.1)];
    const columns = filled(random, WIDTH, CHUNK);
    const outputs = lowerTriangle(WIDTH);
    const [left, right, whole] = [filled(random, WIDTH, WIDTH), filled(random, WIDTH, WIDTH), zeros(WIDTH, WIDTH)];
    const named: number[] = [];
    const middle = await inTurns(ROUNDS, {
      ours: () => milliseconds(() => frechetDistance(a, b)),
      reference: async () => {
        const covariances = await milliseconds(async () => {
          for (let side = 0; side < 2; side++) await covarianceProducts(columns, outputs);
        });
        const large = await milliseconds(() => product("timesTransposed", { a: left, b: right }, whole));
        named.push(covariances + large);
        return covariances + large + OTHER_PRODUCTS * large;
      },
    });
    const ofFormula = named.toSorted((x, y) => x - y)[Math.floor(named.length / 2)] ?? Number.NaN;
    return {
      name: "frechet",
      ratio: middle.ours / middle.reference,
      ...middle,
      unit: "ms",
      how: `Frechet distance of ${ROWS} against ${ROWS} rows of ${WIDTH} float32 features, in double precision, over the bare float64 products it is made of in ONNX Runtime: lower halves of both covariances, one ${WIDTH} cubed, and Cholesky's and the reduction's at that one's speed; in turns, median of ${ROUNDS}. Over the first two alone ${(middle.ours / ofFormula).toFixed(2)}`,
    };
  },
};

async function covarianceProducts(columns: Matrix, outputs: LowerTriangle): Promise<void> {
  for (let start = 0; start < ROWS; start += CHUNK) {
    for (const [k, c] of outputs.columns.entries()) {
      const [a, b] = [rowsOf(columns, k * BLOCK, WIDTH), rowsOf(columns, k * BLOCK, k * BLOCK + c.columns)];
      await product("timesTransposed", { a, b }, c);
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
