import { describe, expect, test } from "vitest";
import { Random } from "../onnx/random.ts";
import { choleskyFactor } from "./cholesky.ts";
import { BLOCK, lowerTriangle, transposed, transposedTimes } from "./lower-triangle.ts";
import type { Matrix } from "./matrix.ts";
import { nuclearNorm, singularValues } from "./nuclear-norm.ts";
import { timesTransposed, zeros } from "./products.ts";

const random = new Random(7);

describe("singular values", () => {
  // 150 columns go in one stage, 170 and more in two
  test.each([
    [5, 3],
    [150, 150],
    [170, 170],
    [200, 333],
    [321, 257],
  ])("of an orthogonal matrix times a diagonal one are that diagonal: %i x %i", async (rows, columns) => {
    const n = Math.min(rows, columns);
    const diagonal = Float64Array.from({ length: n }, (_, i) => (i % 5 === 0 ? 0 : 3 * 0.9 ** i));
    const found = (await singularValues(withSingularValues(rows, columns, diagonal))).sort();
    expect(found).toHaveLength(n);
    for (const [i, value] of diagonal.sort().entries()) expect(Math.abs((found[i] ?? 0) - value)).toBeLessThan(1e-14);
  });

  test.each([1, 1e-150, 1e150])("keep their digits at any scale: %d", async (scale) => {
    for (const n of [20, 180]) {
      const matrix = withSingularValues(n, n, new Float64Array(n).fill(scale));
      expect(Math.abs((await nuclearNorm(matrix)) / (n * scale) - 1)).toBeLessThan(1e-13);
    }
  });

  test("nothing, one number, one row, and a shift, whose diagonal is 0", async () => {
    expect(await nuclearNorm(zeros(4, 200))).toBe(0);
    expect(await nuclearNorm({ rows: 0, columns: 5, values: new Float64Array() })).toBe(0);
    expect(await nuclearNorm({ rows: 1, columns: 1, values: Float64Array.of(-2) })).toBe(2);
    expect(await nuclearNorm({ rows: 1, columns: 2, values: Float64Array.of(3, 4) })).toBeCloseTo(5, 14);
    for (const n of [6, 200]) {
      const shift = zeros(n, n);
      for (let i = 0; i < n - 1; i++) shift.values[i * n + i + 1] = 1;
      expect(await nuclearNorm(shift)).toBeCloseTo(n - 1, 12);
    }
  });

  // up to 31 columns their sum is taken from QR steps, from 32 on from determinants
  test.each([20, 32, 90, 230])("add up to the nuclear norm, %i of them", async (n) => {
    const [dense, graded] = [zeros(n, n + 3), zeros(n, n + 3)];
    for (let i = 0; i < dense.values.length; i++) {
      dense.values[i] = random.normal();
      graded.values[i] = random.normal() * 0.9 ** Math.floor(i / (n + 3));
    }
    const single = zeros(n, n + 3);
    single.values[5] = -3;
    for (const matrix of [dense, graded, single]) {
      const copy = { ...matrix, values: matrix.values.slice() };
      const sum = (await singularValues(copy)).sort().reduce((all, value) => all + value, 0);
      expect(Math.abs((await nuclearNorm(matrix)) / sum - 1)).toBeLessThan(1e-14);
    }
  });

  test("of bands whose values vanish exponentially", async () => {
    const n = 600;
    const matrix = zeros(n, n);
    for (let i = 0; i < n; i++)
      for (let j = i; j < Math.min(n, i + 40); j++) matrix.values[i * n + j] = random.normal();
    const all = matrix.values.reduce((sum, value) => sum + value * value, 0);
    const squares = (await singularValues(matrix)).reduce((sum, value) => sum + value * value, 0);
    expect(squares / all).toBeCloseTo(1, 12);
  });
});

describe("Cholesky factor", () => {
  test.each([
    ["regular", 230, 300, 230],
    ["of low rank", 230, 20, 20],
    ["of rank one less", 100, 99, 99],
  ])("%s: R^T R is the matrix", async (_, d, from, rank) => {
    const data = { rows: d, columns: from, values: Float64Array.from({ length: d * from }, () => random.normal()) };
    const s = await timesTransposed(data, data);
    const r = await upright(s);
    expect(r.rows).toBe(rank);
    let worst = 0;
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        let sum = 0;
        for (let k = 0; k < r.rows; k++) sum += (r.values[k * d + i] ?? 0) * (r.values[k * d + j] ?? 0);
        worst = Math.max(worst, Math.abs(sum - (s.values[i * d + j] ?? 0)));
      }
    }
    expect(worst / from).toBeLessThan(1e-13);
  });

  test("of several blocks, however ill-conditioned, leaves nothing but rounding", async () => {
    // condition of S: 1e14 at 10^-7; relative to the diagonal's roots, since LAPACK's error is bounded in that way too
    const [d, from] = [500, 550];
    for (const exponent of [0, -4, -7]) {
      const values = Float64Array.from(
        { length: d * from },
        (_, i) => random.normal() * 10 ** ((exponent * (i % from)) / from),
      );
      const data = { rows: d, columns: from, values };
      const s = await timesTransposed(data, data);
      const r = await upright(s);
      const turned = zeros(d, r.rows);
      for (let i = 0; i < r.rows; i++)
        for (let j = 0; j < d; j++) turned.values[j * r.rows + i] = r.values[i * d + j] ?? 0;
      const back = await timesTransposed(turned, turned);
      const root = (i: number) => Math.sqrt(s.values[i * d + i] ?? 0);
      let worst = 0;
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) {
          const error = Math.abs((back.values[i * d + j] ?? 0) - (s.values[i * d + j] ?? 0));
          worst = Math.max(worst, error / root(i) / root(j));
        }
      }
      expect(r.rows).toBe(d);
      expect(worst).toBeLessThan(1e-14);
    }
  });

  test("zero has no rows", async () => {
    expect((await upright(zeros(8, 8))).rows).toBe(0);
  });
});

test("the transpose of one lower triangle times another, in blocks, is the product of the whole matrices", async () => {
  const d = 2 * BLOCK + 30;
  const [a, b] = [lowerTriangle(d), lowerTriangle(d)];
  for (const { columns, values } of [...a.columns, ...b.columns])
    for (let i = 0; i < values.length; i++) values[i] = i % columns <= i / columns ? random.normal() : 0;
  const expected = await timesTransposed(transposed(a), transposed(b));
  const found = await transposedTimes(a, b);
  const worst = found.values.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected.values[i] ?? 0))), 0);
  expect(worst).toBeLessThan(1e-11);
});

/** R [rank, d] of a whole matrix. */
async function upright({ rows: d, values }: Matrix): Promise<Matrix> {
  const lower = lowerTriangle(d);
  for (const [k, column] of lower.columns.entries())
    for (let i = 0; i < column.rows; i++)
      for (let j = 0; j < column.columns; j++)
        column.values[i * column.columns + j] = values[(k * BLOCK + i) * d + k * BLOCK + j] ?? 0;
  const factor = await choleskyFactor(lower);
  return "size" in factor ? transposed(factor) : factor;
}

/** H1 ... diag ... H2 with random reflectors: the singular values are those given. */
function withSingularValues(rows: number, columns: number, diagonal: Float64Array): Matrix {
  const matrix = zeros(rows, columns);
  for (const [i, value] of diagonal.entries()) matrix.values[i * columns + i] = value;
  const unit = (n: number) => {
    const vector = Float64Array.from({ length: n }, () => random.normal());
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / norm);
  };
  for (let times = 0; times < 3; times++) {
    const [u, v] = [unit(rows), unit(columns)];
    const along = (i: number, j: number) => matrix.values[i * columns + j] ?? 0;
    for (let j = 0; j < columns; j++) {
      const dot = u.reduce((sum, value, i) => sum + value * along(i, j), 0);
      for (let i = 0; i < rows; i++) matrix.values[i * columns + j] = along(i, j) - 2 * dot * (u[i] ?? 0);
    }
    for (let i = 0; i < rows; i++) {
      const dot = v.reduce((sum, value, j) => sum + value * along(i, j), 0);
      for (let j = 0; j < columns; j++) matrix.values[i * columns + j] = along(i, j) - 2 * dot * (v[j] ?? 0);
    }
  }
  return matrix;
}
