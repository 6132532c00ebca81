/**
 * Inverse of a symmetric positive definite matrix of a few rows, by Cholesky's factors.
 * @throws RangeError where it isn't positive definite
 */
export function inverseOf(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const lower = choleskyOf(matrix);
  const columns = Array.from({ length: n }, (_, column) => {
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = Number(i === column);
      for (let k = 0; k < i; k++) sum -= at(lower, i, k) * (y[k] ?? 0);
      y[i] = sum / at(lower, i, i);
    }
    const x = new Float64Array(n);
    for (let i = n - 1; i >= 0; i--) {
      let sum = y[i] ?? 0;
      for (let k = i + 1; k < n; k++) sum -= at(lower, k, i) * (x[k] ?? 0);
      x[i] = sum / at(lower, i, i);
    }
    return x;
  });
  return columns;
}

function choleskyOf(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const lower = matrix.map(() => new Float64Array(n));
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = at(matrix, i, j);
      for (let k = 0; k < j; k++) sum -= at(lower, i, k) * at(lower, j, k);
      if (i === j && !(sum > 0)) throw new RangeError("The matrix is not positive definite.");
      (lower[i] as Float64Array)[j] = i === j ? Math.sqrt(sum) : sum / at(lower, j, j);
    }
  return lower;
}

/** a b, of square matrices of one size. */
export function productOf(a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array[] {
  return a.map((row) =>
    Float64Array.from({ length: b.length }, (_, j) => row.reduce((sum, value, k) => sum + value * at(b, k, j), 0)),
  );
}

export const at = (matrix: readonly Float64Array[], i: number, j: number): number => matrix[i]?.[j] ?? Number.NaN;
