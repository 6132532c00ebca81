import { at } from "../onnx/shape.ts";

/** x' = (x - mean) * scale, per feature; kept with a reward model as input.mean and input.scale. */
export interface Affine {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
}

export function identityAffine(width: number): Affine {
  return { mean: new Float32Array(width), scale: new Float32Array(width).fill(1) };
}

/**
 * The affine that gives the rows of all matrices together mean 0 and deviation 1, every matrix with equal weight, so that
 * the sizes of the classes do not matter. A feature that is constant (deviation under 1e-6 of its size) keeps scale 1.
 * Accumulated in float64.
 */
export function fitStandardisation(matrices: readonly Float32Array[], width: number): Affine {
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  addMoments(matrices, mean, (value) => value);
  addMoments(matrices, square, (value, feature) => (value - (mean[feature] ?? 0)) ** 2);
  const scale = Float32Array.from(square, (variance, feature) => {
    const deviation = Math.sqrt(variance);
    return deviation > 1e-6 * Math.abs(at(mean, feature)) && deviation > 1e-12 ? 1 / deviation : 1;
  });
  return { mean: Float32Array.from(mean), scale };
}

/** A new matrix; the operations and their rounding are those of the exported graph. */
export function applyAffine({ mean, scale }: Affine, rows: Float32Array): Float32Array {
  const width = mean.length;
  const out = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    for (let j = 0; j < width; j++) {
      out[start + j] = Math.fround((rows[start + j] ?? 0) - (mean[j] ?? 0)) * (scale[j] ?? 0);
    }
  }
  return out;
}

/** Adds to each feature's sum the mean over the rows of f(value), averaged over the matrices. */
function addMoments(
  matrices: readonly Float32Array[],
  sums: Float64Array,
  f: (value: number, feature: number) => number,
): void {
  const width = sums.length;
  for (const rows of matrices) {
    const share = width / (rows.length * matrices.length);
    for (let start = 0; start < rows.length; start += width) {
      for (let j = 0; j < width; j++) sums[j] = (sums[j] ?? 0) + f(rows[start + j] ?? 0, j) * share;
    }
  }
}
