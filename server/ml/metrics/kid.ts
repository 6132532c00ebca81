import { type Interval, Z95 } from "../../../shared/statistics/wilson.ts";
import { Random } from "../onnx/random.ts";
import { assertComparable, columnMeans, type FeatureRows, rowCount } from "./feature-rows.ts";
import { crossKernelSums, ownKernelSums } from "./kernel-sums.ts";
import { drawClusters, membersOf, STREAMS } from "./resampling.ts";

export interface KidOptions {
  /** Number of random subsets, as published (Binkowski et al.: 100). Default: none, all rows at once. */
  readonly subsets?: number;
  /** rows of each side in a subset; default 1,000, at most those there are */
  readonly subsetSize?: number;
  /** default 0 */
  readonly seed?: number;
  /** draws of `resampled`; default 0: none */
  readonly resamples?: number;
  /** prompt of each generated row, where several come of one: whole prompts are drawn in `resampled` */
  readonly clusters?: ArrayLike<string | number>;
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
  /**
   * Of all rows: the value in each draw of the generated rows, to first order: value + sum (times drawn - 1) influence / n, influences by the
   * jackknife. For differences between sets whose draws are the same; empty without `resamples`.
   */
  readonly resampled: readonly number[];
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
  if (options.subsets !== undefined) return { ...(await overSubsets(reference, generated, options)), n, resampled: [] };
  const sums = await kernelSums(reference, generated);
  const value = unbiased(sums.totals, n.reference, n.generated);
  if (Math.min(n.reference, n.generated) < 3) return { value, interval: null, subsetSd: null, n, resampled: [] };
  const left = withoutGenerated(sums, n);
  const variance = jackknife(left) + (options.resample === "BOTH" ? jackknife(withoutReference(sums, n)) : 0);
  const half = Z95 * Math.sqrt(variance);
  return {
    value,
    interval: { low: value - half, high: value + half },
    subsetSd: null,
    n,
    resampled: resampled(value, left, options),
  };
}

function resampled(value: number, left: Float64Array, { resamples = 0, seed = 0, clusters }: KidOptions): number[] {
  const n = left.length;
  const influences = left.map((without) => (n - 1) * (value - without));
  const members = membersOf(clusters ?? influences.map((_, i) => i));
  return Array.from({ length: resamples }, (_, draw) => {
    const counts = drawClusters(members, n, new Random(seed, STREAMS.kidRows, draw));
    return value + influences.reduce((sum, influence, j) => sum + ((counts[j] ?? 0) - 1) * influence, 0) / n;
  });
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

/** The value without each generated row in turn. */
function withoutGenerated({ totals, generated }: KernelSums, n: Kid["n"]): Float64Array {
  return generated.own.map((own, j) => {
    const left = { ...totals, other: totals.other - 2 * own, cross: totals.cross - (generated.cross[j] ?? 0) };
    return unbiased(left, n.reference, n.generated - 1);
  });
}

function withoutReference({ totals, reference }: KernelSums, n: Kid["n"]): Float64Array {
  return reference.own.map((own, i) => {
    const left = { ...totals, own: totals.own - 2 * own, cross: totals.cross - (reference.cross[i] ?? 0) };
    return unbiased(left, n.reference - 1, n.generated);
  });
}

/** Variance over rows, of the values without each in turn: (n - 1) / n sum of (value - their mean)^2. */
function jackknife(values: Float64Array): number {
  const mean = total(values) / values.length;
  return ((values.length - 1) / values.length) * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
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
