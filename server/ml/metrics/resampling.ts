import { Random } from "../onnx/random.ts";

/** A bootstrap's numbers: how often, and which of the repeatable draws. */
export interface Resampling {
  /** default 1,000 */
  readonly resamples?: number;
  /** integer; default 0 */
  readonly seed?: number;
}

export interface ResampledMean {
  readonly mean: number;
  /** 95%, percentile */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly clusters: number;
}

/** Streams of this folder, so that no two purposes draw the same numbers of one seed. */
export const STREAMS = { clusterMean: 31, frechetRows: 32, frechetSubsets: 33, kidSubsets: 34, kidRows: 35 } as const;

/** How often each of n is drawn in n draws with replacement. */
export function drawCounts(n: number, random: Random): Uint32Array {
  const counts = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const drawn = random.below(n);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  return counts;
}

/** The items of each cluster, clusters in order of appearance. */
export function membersOf(clusters: ArrayLike<string | number>): number[][] {
  const members = new Map<string | number, number[]>();
  for (const [i, cluster] of Array.from(clusters).entries()) {
    const own = members.get(cluster);
    if (own) own.push(i);
    else members.set(cluster, [i]);
  }
  return [...members.values()];
}

/**
 * How often each row is drawn when whole clusters are drawn, as many as there are. The same number of clusters and state of `random` give
 * the same clusters, whatever their rows are: rounds with the same prompts are drawn alike.
 */
export function drawClusters(members: readonly number[][], rows: number, random: Random): Uint32Array {
  const counts = new Uint32Array(rows);
  for (const [cluster, times] of drawCounts(members.length, random).entries()) {
    for (const i of members[cluster] ?? []) counts[i] = times;
  }
  return counts;
}

/** Quantile q in [0, 1] of sorted values, linear between neighbours (NumPy's default, R's type 7). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * Mean over all values with a 95% percentile interval of a bootstrap over clusters: whole clusters (prompts) are drawn, with all
 * their values, because values of one cluster are alike. The mean of a draw is its sum over its count. The interval is a few per
 * cent narrow below about 20 clusters, and has no width for one.
 * The same values, clusters, seed and number give the same bytes.
 * @param clusters the cluster of each value; without them each value is its own
 * @throws RangeError without values, where the lengths differ, or where a value isn't finite
 */
export function bootstrapMean(
  values: ArrayLike<number>,
  clusters?: ArrayLike<string | number>,
  { resamples = 1000, seed = 0 }: Resampling = {},
): ResampledMean {
  const n = values.length;
  if (n === 0) throw new RangeError("A mean needs at least one value.");
  if (clusters && clusters.length !== n)
    throw new RangeError(`${n} values and ${clusters.length} clusters do not fit.`);
  const groups = membersOf(clusters ?? Array.from({ length: n }, (_, i) => i));
  const sums = groups.map((members) => members.reduce((sum, i) => sum + finite(values, i), 0));
  const random = new Random(seed, STREAMS.clusterMean);
  const means = Float64Array.from({ length: resamples }, () => {
    let [sum, count] = [0, 0];
    for (const [group, times] of drawCounts(groups.length, random).entries()) {
      sum += times * (sums[group] ?? 0);
      count += times * (groups[group]?.length ?? 0);
    }
    return sum / count;
  }).sort();
  const mean = sums.reduce((sum, own) => sum + own, 0) / n;
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975), n, clusters: groups.length };
}

function finite(values: ArrayLike<number>, i: number): number {
  const value = values[i] ?? Number.NaN;
  if (!Number.isFinite(value)) throw new RangeError(`Value ${i} is ${value}, not a finite number.`);
  return value;
}
