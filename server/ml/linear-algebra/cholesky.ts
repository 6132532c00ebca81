import type { Matrix } from "./matrix.ts";

/**
 * R with R^T R = S for a symmetric positive semi-definite S [d, d] of any rank: [rank, d], by Cholesky with complete
 * pivoting (columns keep their order, so R isn't triangular). It ends where what is left of the diagonal is below d 2.2e-16 of
 * its largest element: rounding, by Higham 2002, section 10.3. Zero gives 0 rows. Reads S; 2 d^3 / 3 operations.
 */
export function pivotedCholesky({ rows: d, values: s }: Matrix): Matrix {
  const left = Float64Array.from({ length: d }, (_, i) => s[i * d + i] ?? 0);
  const tolerance = d * Number.EPSILON * left.reduce((most, value) => Math.max(most, value), 0);
  const r = new Float64Array(d * d);
  let rank = 0;
  for (; rank < d; rank++) {
    const pivot = indexOfLargest(left);
    if ((left[pivot] ?? 0) <= tolerance) break;
    const row = r.subarray(rank * d, (rank + 1) * d);
    row.set(s.subarray(pivot * d, (pivot + 1) * d));
    for (let k = 0; k < rank; k++) subtract(row, r, { from: k * d, times: r[k * d + pivot] ?? 0 });
    const root = Math.sqrt(left[pivot] ?? 0);
    for (let j = 0; j < d; j++) {
      // a column that was a pivot is spent
      row[j] = (left[j] ?? 0) < 0 ? 0 : (row[j] ?? 0) / root;
      left[j] = (left[j] ?? 0) < 0 ? -1 : Math.max(0, (left[j] ?? 0) - (row[j] ?? 0) ** 2);
    }
    row[pivot] = root;
    left[pivot] = -1;
  }
  return { rows: rank, columns: d, values: r.subarray(0, rank * d) };
}

function subtract(row: Float64Array, r: Float64Array, { from, times }: { from: number; times: number }): void {
  for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) - times * (r[from + j] ?? 0);
}

function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[largest] ?? 0)) largest = i;
  return largest;
}
