import type { Matrix } from "../linear-algebra/matrix.ts";
import { timesTransposed } from "../linear-algebra/products.ts";
import { type FeatureRows, rowCount } from "./feature-rows.ts";

/** Rows of a side at a time: bounds the memory. */
const BLOCK = 1024;

/** [rows of a] sum over b of k(a_i, b_j) and [rows of b] over a, with KID's k(x, y) = (x.y / width + 1)^3. */
export async function crossKernelSums(
  a: FeatureRows,
  b: FeatureRows,
): Promise<{ ofA: Float64Array; ofB: Float64Array }> {
  const [ofA, ofB] = [new Float64Array(rowCount(a)), new Float64Array(rowCount(b))];
  for (let i = 0; i < ofA.length; i += BLOCK) {
    const block = doubles(a, i);
    for (let j = 0; j < ofB.length; j += BLOCK) {
      const products = await timesTransposed(block, doubles(b, j));
      eachKernel(products, a.width, (kernel, k, l) => {
        ofA[i + k] = (ofA[i + k] ?? 0) + kernel;
        ofB[j + l] = (ofB[j + l] ?? 0) + kernel;
      });
    }
  }
  return { ofA, ofB };
}

/** [rows] sum over the other rows, without the row itself. */
export async function ownKernelSums(a: FeatureRows): Promise<Float64Array> {
  const sums = new Float64Array(rowCount(a));
  for (let i = 0; i < sums.length; i += BLOCK) {
    const block = doubles(a, i);
    eachKernel(await timesTransposed(block, block), a.width, (kernel, k, l) => {
      if (k !== l) sums[i + k] = (sums[i + k] ?? 0) + kernel;
    });
    // the blocks below the diagonal mirror these
    for (let j = i + BLOCK; j < sums.length; j += BLOCK) {
      eachKernel(await timesTransposed(block, doubles(a, j)), a.width, (kernel, k, l) => {
        sums[i + k] = (sums[i + k] ?? 0) + kernel;
        sums[j + l] = (sums[j + l] ?? 0) + kernel;
      });
    }
  }
  return sums;
}

function eachKernel(
  { rows, columns, values }: Matrix,
  width: number,
  visit: (kernel: number, k: number, l: number) => void,
): void {
  for (let k = 0; k < rows; k++) {
    for (let l = 0; l < columns; l++) {
      const base = (values[k * columns + l] ?? 0) / width + 1;
      visit(base * base * base, k, l); // not ** 3, which is a call
    }
  }
}

function doubles({ values, width }: FeatureRows, start: number): Matrix {
  const part = Float64Array.from(values.subarray(start * width, (start + BLOCK) * width));
  return { rows: part.length / width, columns: width, values: part };
}
