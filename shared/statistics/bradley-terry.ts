import { at, inverseOf, productOf } from "./small-linear-algebra.ts";
import { Z95 } from "./wilson.ts";

/** One comparison of two contestants. */
export interface Comparison {
  /** index of the one contestant */
  a: number;
  b: number;
  /** 1: a was preferred, 0: b was, 0.5: a tie */
  outcome: 0 | 0.5 | 1;
  /** who compared: comparisons of one judge are alike. Without it each stands for itself. */
  judge?: string | number;
}

export interface Strength {
  /** log-strength; all sum to 0, so 0 is the average contestant */
  value: number;
  /** standard error that allows for judges' comparisons being alike (sandwich), or plain where no judges are given */
  se: number;
  /** 95%: value -+ 1.96 se */
  low: number;
  high: number;
}

export interface BradleyTerry {
  strengths: Strength[];
  /** covariance of the log-strengths, of the same kind as `se`; for a difference's interval */
  covariance: Float64Array[];
  /** log nu of Davidson's model; null without ties, whose model is plain Bradley and Terry's */
  logTie: number | null;
}

/** Why there are no strengths: somebody's would be infinite. */
export class NotComparableError extends RangeError {}

/**
 * Maximum-likelihood strengths of contestants compared in pairs. With strengths p_i = exp(theta_i):
 * P(a over b) = p_a / (p_a + p_b + nu sqrt(p_a p_b)) and P(tie) = nu sqrt(p_a p_b) / (the same), with nu = 0 where no tie
 * was seen. Newton's method on (theta, log nu); the likelihood is concave.
 * @throws NotComparableError unless everyone can be reached from everyone by "beat or tied with" (Ford 1957): otherwise one
 *   part of them beat the other always, or was never compared with it
 * @throws RangeError for fewer than two contestants or an index outside them
 * Source: Bradley and Terry 1952; Davidson 1970; the example of Agresti (baseball, 1987) is in the test.
 */
export function bradleyTerry(contestants: number, comparisons: readonly Comparison[]): BradleyTerry {
  if (contestants < 2) throw new RangeError("A comparison needs at least two contestants.");
  for (const { a, b } of comparisons)
    if (![a, b].every((i) => Number.isInteger(i) && i >= 0 && i < contestants) || a === b)
      throw new RangeError(`${a} and ${b} are not two of ${contestants} contestants.`);
  requireStronglyConnected(contestants, comparisons);
  const ties = comparisons.some(({ outcome }) => outcome === 0.5);
  const model = new Model(contestants, ties);
  const groups = tallied(comparisons);
  const estimate = model.maximise(groups);
  const plain = inverseOf(model.derivatives(groups, estimate).information);
  const covariance = centred(clustered(model, comparisons, { estimate, plain }), contestants);
  const mean = estimate.slice(0, contestants).reduce((sum, value) => sum + value, 0) / contestants;
  return {
    strengths: Array.from({ length: contestants }, (_, i) => {
      const [value, se] = [(estimate[i] ?? 0) - mean, Math.sqrt(Math.max(0, at(covariance, i, i)))];
      return { value, se, low: value - Z95 * se, high: value + Z95 * se };
    }),
    covariance,
    logTie: ties ? (estimate[contestants] ?? null) : null,
  };
}

interface Tally extends Comparison {
  times: number;
}

/** Equal comparisons counted, so that a step costs by pairs and not by votes. */
function tallied(comparisons: readonly Comparison[]): Tally[] {
  const same = Map.groupBy(comparisons, ({ a, b, outcome }) => `${a} ${b} ${outcome}`);
  return [...same.values()].map((group) => ({ ...(group[0] as Comparison), times: group.length }));
}

/**
 * Parameters: log-strengths, then log nu where there are ties. The last contestant's log-strength is held at 0, or nothing
 * would be fixed; `free` are the others.
 */
class Model {
  private readonly free: number[];

  constructor(
    private readonly contestants: number,
    private readonly ties: boolean,
  ) {
    this.free = [...Array.from({ length: contestants - 1 }, (_, i) => i), ...(ties ? [contestants] : [])];
  }

  maximise(groups: readonly Tally[]): Float64Array {
    let estimate = new Float64Array(this.contestants + Number(this.ties));
    let value = this.logLikelihood(groups, estimate);
    for (let step = 0; step < 200; step++) {
      const { score, information } = this.derivatives(groups, estimate);
      const inverse = inverseOf(information);
      const move = inverse.map((row) => row.reduce((sum, entry, j) => sum + entry * (score[j] ?? 0), 0));
      let share = 1;
      let next = this.moved(estimate, move, share);
      // A whole step may overshoot where the start is far away; the likelihood then falls.
      while (share > 1e-6 && this.logLikelihood(groups, next) < value - 1e-12) {
        share /= 2;
        next = this.moved(estimate, move, share);
      }
      estimate = next;
      value = this.logLikelihood(groups, estimate);
      if (move.every((size) => Math.abs(size) < 1e-12)) break;
    }
    return estimate;
  }

  private moved(from: Float64Array, move: readonly number[], share: number): Float64Array<ArrayBuffer> {
    const to = Float64Array.from(from);
    for (const [place, parameter] of this.free.entries())
      to[parameter] = (to[parameter] ?? 0) + share * (move[place] ?? 0);
    return to;
  }

  /** P(a), P(b) and P(tie) of one comparison. */
  private probabilities({ a, b }: Comparison, at: Float64Array): [number, number, number] {
    const difference = (at[a] ?? 0) - (at[b] ?? 0);
    const tie = this.ties ? Math.exp(at[this.contestants] ?? 0) : 0;
    // Divided by sqrt(p_a p_b), so that only the difference counts.
    const [win, loss] = [Math.exp(difference / 2), Math.exp(-difference / 2)];
    const all = win + loss + tie;
    return [win / all, loss / all, tie / all];
  }

  private logLikelihood(groups: readonly Tally[], at: Float64Array): number {
    return groups.reduce((sum, group) => {
      const [win, loss, tie] = this.probabilities(group, at);
      const seen = group.outcome === 1 ? win : group.outcome === 0 ? loss : tie;
      return sum + group.times * Math.log(seen);
    }, 0);
  }

  /** d log P / d parameters of one comparison, and what its information is made of. */
  private gradient(comparison: Comparison, at: Float64Array): Float64Array {
    const [win, loss, tie] = this.probabilities(comparison, at);
    const gradient = new Float64Array(at.length);
    const slope = comparison.outcome - 0.5 - (win - loss) / 2;
    gradient[comparison.a] = slope;
    gradient[comparison.b] = -slope;
    if (this.ties) gradient[this.contestants] = Number(comparison.outcome === 0.5) - tie;
    return this.free.length === gradient.length ? gradient : Float64Array.from(this.free, (i) => gradient[i] ?? 0);
  }

  /** Score and expected information of the free parameters. */
  derivatives(groups: readonly Tally[], at: Float64Array): { score: Float64Array; information: Float64Array[] } {
    const size = this.free.length;
    const score = new Float64Array(size);
    const information = Array.from({ length: size }, () => new Float64Array(size));
    for (const group of groups) {
      const { a, b, times } = group;
      const own = this.gradient(group, at);
      for (let i = 0; i < size; i++) score[i] = (score[i] ?? 0) + times * (own[i] ?? 0);
      for (const [outcome, probability] of [1, 0, 0.5].map((o, i) => [o, this.probabilities(group, at)[i]] as const))
        addOuter(information, this.gradient({ a, b, outcome: outcome as 0 }, at), times * (probability ?? 0));
    }
    return { score, information };
  }

  scoresByJudge(comparisons: readonly Comparison[], at: Float64Array): Float64Array[] {
    const judges = new Map<string | number, Float64Array>();
    for (const [place, comparison] of comparisons.entries()) {
      const judge = comparison.judge ?? `comparison ${place}`;
      const sum = judges.get(judge) ?? new Float64Array(this.free.length);
      for (const [i, value] of this.gradient(comparison, at).entries()) sum[i] = (sum[i] ?? 0) + value;
      judges.set(judge, sum);
    }
    return [...judges.values()];
  }
}

function addOuter(matrix: readonly Float64Array[], vector: Float64Array, weight: number): void {
  for (const [i, row] of matrix.entries())
    for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) + weight * (vector[i] ?? 0) * (vector[j] ?? 0);
}

/** Covariance of the free parameters: plain without judges or with a single one, else the sandwich, G / (G - 1) for few. */
function clustered(
  model: Model,
  comparisons: readonly Comparison[],
  { estimate, plain }: { estimate: Float64Array; plain: Float64Array[] },
): Float64Array[] {
  if (comparisons.every(({ judge }) => judge === undefined)) return plain;
  const scores = model.scoresByJudge(comparisons, estimate);
  if (scores.length < 2) return plain;
  const meat = plain.map((row) => new Float64Array(row.length));
  for (const score of scores) addOuter(meat, score, scores.length / (scores.length - 1));
  return productOf(productOf(plain, meat), plain);
}

/** From the covariance with the last log-strength held at 0 to that with their sum held at 0. */
function centred(free: readonly Float64Array[], contestants: number): Float64Array[] {
  const size = contestants;
  const full = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => (i < size - 1 && j < size - 1 ? at(free, i, j) : 0)),
  );
  const centre = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => Number(i === j) - 1 / size),
  );
  return productOf(productOf(centre, full), centre);
}

function requireStronglyConnected(contestants: number, comparisons: readonly Comparison[]): void {
  const beat = Array.from({ length: contestants }, () => new Set<number>());
  const lost = Array.from({ length: contestants }, () => new Set<number>());
  const add = (winner: number, loser: number) => {
    beat[winner]?.add(loser);
    lost[loser]?.add(winner);
  };
  for (const { a, b, outcome } of comparisons) {
    if (outcome > 0) add(a, b);
    if (outcome < 1) add(b, a);
  }
  for (const [edges, words] of [
    [beat, "never lost to or tied with"],
    [lost, "never beat or tied with"],
  ] as const) {
    const reached = reachedFrom(0, edges);
    if (reached.size === contestants) continue;
    const others = Array.from({ length: contestants }, (_, i) => i).filter((i) => !reached.has(i));
    throw new NotComparableError(
      `Contestants ${others.join(", ")} ${words} any of ${[...reached].join(", ")}: their strengths are not finite yet.`,
    );
  }
}

function reachedFrom(start: number, edges: readonly ReadonlySet<number>[]): Set<number> {
  const reached = new Set([start]);
  for (const contestant of reached) for (const next of edges[contestant] ?? []) reached.add(next);
  return reached;
}
