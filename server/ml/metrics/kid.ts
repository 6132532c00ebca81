import { type Interval, Z95 } from "../../../shared/statistics/wilson.ts";
import { Random } from "../onnx/random.ts";
import { assertComparable, columnMeans, type FeatureRows, rowCount } from "./feature-rows.ts";
import { crossKernelSums, ownKernelSums } from "./kernel-sums.ts";
import { STREAMS } from "./resampling.ts";

export interface KidOptions {
  /** Number of random subsets, as published (Binkowski et al.: 100). Default: none, all rows at once. */
  readonly subsets?: number;
  /** rows of each side in a subset; default 1,000, at most those there are */
  readonly subsetSize?: number;
  /** default 0 */
  readonly seed?: number;
  /** whose sampling noise the interval of all rows has: see `FrechetIntervalOptions.resample`; default GENERATED */
  readonly resample?: "GENERATED" | "BOTH";
}

export interface Kid {
  /** may be below 0: it is unbiased */
  readonly value: number;
  /** 95%; null for fewer than 3 rows on a side, or fewer than 2 subsets */
  readonly interval: Interval | null;
  /** spread over the subsets (n - 1), which papers give after +-; null without subsets */
  readonly subsetSd: number | null;
  readonly n: { readonly reference: number; readonly generated: number };
}

/**
 * Kernel Inception distance (Binkowski et al. 2018): unbiased squared maximum mean discrepancy with k(x, y) = (x.y / width + 1)^3,
 *
 *     sum_{i != j} k(x_i, x_j) / (m (m - 1)) + sum_{i != j} k(y_i, y_j) / (n (n - 1)) - 2 sum k(x_i, y_j) / (m n)
 *
 * Without `subsets`: of all rows, the estimator of least variance; interval by the jackknife over rows (value +- 1.96 standard errors).
 * With: the mean over random subsets as published, and value +- 1.96 sd sqrt(subsetSize / rows of the smaller side), because the mean of
 * many subsets is about as sure as all rows, not as sure as so many independent sets; there `resample` has no say.
 * The same rows and seed give the same bytes.
 * @throws RangeError as frechetDistance, and for subsets of fewer than 2 rows
 */
export async function kid(reference: FeatureRows, generated: FeatureRows, options: KidOptions = {}): Promise<Kid> {
  assertComparable(reference, generated);
  for (const rows of [reference, generated]) columnMeans(rows); // names what isn't finite
  const n = { reference: rowCount(reference), generated: rowCount(generated) };
  if (options.subsets !== undefined) return { ...(await overSubsets(reference, generated, options)), n };
  const sums = await kernelSums(reference, generated);
  const value = unbiased(sums.totals, n.reference, n.generated);
  if (Math.min(n.reference, n.generated) < 3) return { value, interval: null, subsetSd: null, n };
  const variance = variationGenerated(sums, n) + (options.resample === "BOTH" ? variationReference(sums, n) : 0);
  const half = Z95 * Math.sqrt(variance);
  return { value, interval: { low: value - half, high: value + half }, subsetSd: null, n };
}

async function overSubsets(a: FeatureRows, b: FeatureRows, { subsets = 100, subsetSize = 1000, seed = 0 }: KidOptions) {
  const smaller = Math.min(rowCount(a), rowCount(b));
  const size = Math.min(subsetSize, smaller);
  if (!(subsets >= 1 && size >= 2)) throw new RangeError(`${subsets} subsets of ${size} rows cannot be compared.`);
  const values: number[] = [];
  for (let i = 0; i < subsets; i++) {
    const random = new Random(seed, STREAMS.kidSubsets, i);
    const { totals } = await kernelSums(chosen(a, size, random), chosen(b, size, random));
    values.push(unbiased(totals, size, size));
  }
  const value = values.reduce((sum, own) => sum + own, 0) / subsets;
  if (subsets < 2) return { value, interval: null, subsetSd: null };
  const subsetSd = Math.sqrt(values.reduce((sum, own) => sum + (own - value) ** 2, 0) / (subsets - 1));
  const half = Z95 * subsetSd * Math.sqrt(size / smaller);
  return { value, interval: { low: value - half, high: value + half }, subsetSd };
}

interface Totals {
  readonly own: number;
  readonly other: number;
  readonly cross: number;
}

interface KernelSums {
  readonly totals: Totals;
  /** of each row of the reference: kernel values with the other rows of its side, and with the rows of the other side */
  readonly reference: { readonly own: Float64Array; readonly cross: Float64Array };
  readonly generated: { readonly own: Float64Array; readonly cross: Float64Array };
}

function unbiased({ own, other, cross }: Totals, m: number, n: number): number {
  return own / (m * (m - 1)) + other / (n * (n - 1)) - (2 * cross) / (m * n);
}

/** Jackknife variance of the value over the generated rows: (n - 1) / n sum of (value without row j - their mean)^2. */
function variationGenerated({ totals, generated }: KernelSums, n: Kid["n"]): number {
  return jackknife(generated.own, (own, j) => {
    const left = { ...totals, other: totals.other - 2 * own, cross: totals.cross - (generated.cross[j] ?? 0) };
    return unbiased(left, n.reference, n.generated - 1);
  });
}

function variationReference({ totals, reference }: KernelSums, n: Kid["n"]): number {
  return jackknife(reference.own, (own, i) => {
    const left = { ...totals, own: totals.own - 2 * own, cross: totals.cross - (reference.cross[i] ?? 0) };
    return unbiased(left, n.reference - 1, n.generated);
  });
}

function jackknife(rows: Float64Array, without: (own: number, i: number) => number): number {
  const values = rows.map(without);
  const mean = total(values) / rows.length;
  return ((rows.length - 1) / rows.length) * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

async function kernelSums(a: FeatureRows, b: FeatureRows): Promise<KernelSums> {
  const [own, other, cross] = [await ownKernelSums(a), await ownKernelSums(b), await crossKernelSums(a, b)];
  return {
    totals: { own: total(own), other: total(other), cross: total(cross.ofA) },
    reference: { own, cross: cross.ofA },
    generated: { own: other, cross: cross.ofB },
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function chosen({ values, width }: FeatureRows, size: number, random: Random): FeatureRows {
  const rows = random.permutation(values.length / width).subarray(0, size);
  const out = new Float64Array(size * width);
  for (const [k, i] of rows.entries()) out.set(values.subarray(i * width, (i + 1) * width), k * width);
  return { values: out, width };
}
