import { RandomStream } from "../random.ts";
import { tQuantile975 } from "./t-interval.ts";
import { type Interval, wilsonInterval } from "./wilson.ts";

/** One judgement of one pair. */
export interface Vote {
  participant: string;
  item: string;
  /** 1: for the policy whose win rate it is, 0: against it, 0.5: a tie */
  value: 0 | 0.5 | 1;
}

export interface ClusteredWinRate extends Interval {
  /** share of wins, a tie counting half */
  rate: number;
  votes: number;
  participants: number;
  items: number;
  /** standard error of the rate */
  se: number;
  /** times by which votes being alike multiplies the variance of as many unrelated votes (design effect), at least 1 */
  designEffect: number;
}

export interface BootstrapOptions {
  /** default 1,000 */
  resamples?: number;
  /** integer; default 0 */
  seed?: number;
}

const STREAM = 41;

/**
 * Win rate with a 95% interval that allows for votes of one participant being alike and votes on one item being alike: a
 * two-way cluster bootstrap. Participants, items and single votes are each resampled with all their votes, and the variance
 * is V_participants + V_items - V_votes, because resampling both at once would count the votes' own noise three times (Owen
 * 2007), an interval far too wide where people agree. Each part is multiplied by G / (G - 1) of its G clusters. The interval
 * is symmetric in log-odds, with Student's t at Satterthwaite's degrees of freedom, as 14 participants are few. The variance is
 * never taken for less than that of unrelated votes; where it is that, the degrees are the votes'.
 * In 8,000 simulated studies each (14 participants, 50 items, a rate of 74.4%) it covers the truth in 96.3% where nobody differs, in
 * 96.1, 95.3, 94.9, 95.0 and 95.0% where log-odds differ between both with deviations of 0.1, 0.2, 0.3, 0.5 and 1; with Satterthwaite's
 * degrees throughout it was 97.4% where nobody differs (with the variances in closed form, which the bootstrap estimates).
 *
 * With one participant or one item nothing is known of how they differ, and with a rate of 0 or 1 nothing varies: the
 * interval is then Wilson's. The same votes, seed and number of resamples give the same numbers.
 * @throws RangeError without votes
 * Source: Cameron, Gelbach and Miller 2011 (two-way clusters); Owen 2007, "The pigeonhole bootstrap".
 */
export function clusteredWinRate(votes: readonly Vote[], options: BootstrapOptions = {}): ClusteredWinRate {
  const n = votes.length;
  if (n === 0) throw new RangeError("A win rate needs at least one vote.");
  const { resamples = 1000, seed = 0 } = options;
  const rate = votes.reduce((sum, vote) => sum + vote.value, 0) / n;
  const byParticipant = clustersOf(votes, (vote) => vote.participant);
  const byItem = clustersOf(votes, (vote) => vote.item);
  const single = votes.map(({ value }) => ({ sum: value, count: 1 }));
  const counts = { votes: n, participants: byParticipant.length, items: byItem.length };
  const variance = (clusters: Cluster[], way: number) =>
    resampledVariance(clusters, resamples, new RandomStream(seed, STREAM, way));
  const own = variance(single, 0);
  if (byParticipant.length < 2 || byItem.length < 2 || !(rate > 0 && rate < 1)) {
    const interval = wilsonInterval(Math.round(rate * n), n);
    return { rate, ...counts, ...interval, se: Math.sqrt(own), designEffect: 1 };
  }
  const [people, things] = [variance(byParticipant, 1), variance(byItem, 2)];
  const both = people + things - own;
  const total = Math.max(both, own);
  // Where people and items are seen to add nothing, the votes are as unrelated ones, and there are many of these.
  const degrees =
    both > own
      ? Math.max(people, things, total) ** 2 /
        (people ** 2 / (byParticipant.length - 1) + things ** 2 / (byItem.length - 1))
      : n - 1;
  const se = Math.sqrt(total);
  const half = (tQuantile975(Math.max(1, degrees)) * se) / (rate * (1 - rate));
  const odds = Math.log(rate / (1 - rate));
  return {
    rate,
    ...counts,
    low: logistic(odds - half),
    high: logistic(odds + half),
    se,
    designEffect: total / own,
  };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

interface Cluster {
  sum: number;
  count: number;
}

function clustersOf(votes: readonly Vote[], keyOf: (vote: Vote) => string): Cluster[] {
  return [...Map.groupBy(votes, keyOf).values()].map((members) => ({
    sum: members.reduce((sum, vote) => sum + vote.value, 0),
    count: members.length,
  }));
}

/** Variance of the rate over resamples of whole clusters, times G / (G - 1), which the bootstrap falls short by. */
function resampledVariance(clusters: readonly Cluster[], resamples: number, random: RandomStream): number {
  const size = clusters.length;
  let [mean, squares] = [0, 0];
  for (let resample = 1; resample <= resamples; resample++) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < size; i++) {
      const drawn = clusters[random.below(size)] as Cluster;
      sum += drawn.sum;
      count += drawn.count;
    }
    const shift = sum / count - mean;
    mean += shift / resample;
    squares += shift * (sum / count - mean);
  }
  return (squares / Math.max(1, resamples - 1)) * (size > 1 ? size / (size - 1) : 1);
}
