/**
 * What the votes of a study say: pure, from the rows as they were cast. The rules are those of the frozen plan
 * (`study-plan.ts`); every estimator is in `shared/statistics`.
 */
import { AssignmentKind, VoteChoice } from "../../shared/enums.ts";
import {
  bradleyTerry,
  type Comparison,
  NotComparableError,
  type Strength,
} from "../../shared/statistics/bradley-terry.ts";
import { clusteredWinRate, type Vote } from "../../shared/statistics/clustered-win-rate.ts";
import { exactBinomialP } from "../../shared/statistics/exact-binomial.ts";
import { type FleissKappa, fleissKappa } from "../../shared/statistics/fleiss-kappa.ts";
import { krippendorffAlpha } from "../../shared/statistics/krippendorff-alpha.ts";
import { votesToSettle } from "../../shared/statistics/power.ts";
import { type Interval, wilsonInterval } from "../../shared/statistics/wilson.ts";

/** A vote with what it was about. */
export interface VoteRow {
  /** number in the study */
  participant: number;
  itemId: string;
  promptPosition: number;
  prompt: string;
  armA: number;
  armB: number;
  sampleAId: string;
  sampleBId: string;
  kind: AssignmentKind;
  /** arm b was on the left */
  flipped: boolean;
  choice: VoteChoice;
  expected: VoteChoice | null;
  responseMs: number;
}

/** How often something was so, with Wilson's interval; null where there was nothing to count. */
export interface Share {
  count: number;
  n: number;
  share: number | null;
  low: number | null;
  high: number | null;
}

export const shareOf = (count: number, n: number): Share => ({
  ...{ count, n },
  ...(n === 0 ? { share: null, low: null, high: null } : { share: count / n, ...wilsonInterval(count, n) }),
});

/** 1: for arm b, 0: for arm a, 0.5: a tie; null where the vote judges nothing. */
export function outcomeOf({ choice, flipped }: Pick<VoteRow, "choice" | "flipped">): 0 | 0.5 | 1 | null {
  if (choice === VoteChoice.CANNOT_JUDGE) return null;
  if (choice === VoteChoice.TIE) return 0.5;
  return (choice === VoteChoice.LEFT) === flipped ? 1 : 0;
}

export interface Excluded {
  votes: VoteRow[];
  /** failed more attention checks than the plan allows */
  participants: Set<number>;
  /** votes of theirs */
  ofParticipants: number;
  /** votes of others that were faster than the plan allows */
  tooFast: number;
}

export interface ExclusionRules {
  minResponseMs: number;
  attentionFailures: number;
}

/** The plan's exclusions. @returns what is left of every kind of row, and what went */
export function withoutExcluded(rows: readonly VoteRow[], rules: ExclusionRules): Excluded {
  const failures = new Map<number, number>();
  for (const row of rows)
    if (row.kind === AssignmentKind.ATTENTION && row.choice !== row.expected)
      failures.set(row.participant, (failures.get(row.participant) ?? 0) + 1);
  const participants = new Set([...failures].filter(([, n]) => n > rules.attentionFailures).map(([number]) => number));
  const [votes, counts] = [[] as VoteRow[], { ofParticipants: 0, tooFast: 0 }];
  for (const row of rows) {
    const counted = row.kind === AssignmentKind.VOTE ? 1 : 0;
    if (participants.has(row.participant)) counts.ofParticipants += counted;
    else if (row.responseMs < rules.minResponseMs) counts.tooFast += counted;
    else votes.push(row);
  }
  return { votes, participants, ...counts };
}

const counted = (rows: readonly VoteRow[]): VoteRow[] => rows.filter(({ kind }) => kind === AssignmentKind.VOTE);

/** What participants, taken one by one, prefer. */
export interface ParticipantTest {
  favourable: number;
  unfavourable: number;
  /** as many votes for the one as for the other; left out of the test */
  even: number;
  p: number;
}

/** Two arms compared. */
export interface PairResult {
  /** the arm whose win rate it is: the later one */
  arm: number;
  against: number;
  votes: number;
  wins: number;
  losses: number;
  ties: number;
  cannotJudge: number;
  /** a tie counts half; null without a vote */
  rate: number | null;
  /** of the wins among wins and losses, as if all votes were unrelated */
  wilson: Interval | null;
  /** of the rate, for votes that are alike by participant and by prompt */
  clustered: (Interval & { se: number; designEffect: number }) | null;
  /** exact binomial over wins and losses, as if all votes were unrelated */
  naiveP: number | null;
  participants: ParticipantTest;
  /** votes that would settle the question, in four studies of five, if the rate is what it seems; null: none would */
  votesToSettle: number | null;
}

export function pairResult(rows: readonly VoteRow[], against: number, arm: number): PairResult {
  const own = counted(rows).filter(({ armA, armB }) => armA === against && armB === arm);
  const votes = own.flatMap((row): Vote[] => {
    const value = outcomeOf(row);
    return value === null ? [] : [{ participant: String(row.participant), item: String(row.promptPosition), value }];
  });
  const times = (value: number) => votes.filter((vote) => vote.value === value).length;
  const [wins, losses, ties] = [times(1), times(0), times(0.5)];
  const clustered = votes.length > 0 ? clusteredWinRate(votes) : null;
  return {
    ...{ arm, against, votes: votes.length, wins, losses, ties, cannotJudge: own.length - votes.length },
    rate: clustered?.rate ?? null,
    wilson: wins + losses > 0 ? wilsonInterval(wins, wins + losses) : null,
    clustered,
    naiveP: wins + losses > 0 ? exactBinomialP(wins, wins + losses) : null,
    participants: participantTest(votes),
    votesToSettle: clustered ? votesToSettle(clustered.rate, clustered.designEffect) : null,
  };
}

function participantTest(votes: readonly Vote[]): ParticipantTest {
  const leanings = [...Map.groupBy(votes, ({ participant }) => participant).values()].map((own) =>
    Math.sign(own.reduce((sum, { value }) => sum + value - 0.5, 0)),
  );
  const count = (sign: number) => leanings.filter((leaning) => leaning === sign).length;
  const [favourable, unfavourable] = [count(1), count(-1)];
  return { favourable, unfavourable, even: count(0), p: exactBinomialP(favourable, favourable + unfavourable) };
}

/** Every pair of arms, in order. */
export function pairResults(rows: readonly VoteRow[], arms: number): PairResult[] {
  const results: PairResult[] = [];
  for (let a = 0; a < arms; a++) for (let b = a + 1; b < arms; b++) results.push(pairResult(rows, a, b));
  return results;
}

/** Strengths of more than two arms; with two the win rate says it all. `problem` says why there are none yet. */
export interface Strengths {
  strengths: Strength[] | null;
  problem: string | null;
}

export function strengthsOf(rows: readonly VoteRow[], arms: number): Strengths | null {
  if (arms < 3) return null;
  const comparisons = counted(rows).flatMap((row): Comparison[] => {
    const outcome = outcomeOf(row);
    return outcome === null ? [] : [{ a: row.armB, b: row.armA, outcome, judge: row.participant }];
  });
  try {
    return { strengths: bradleyTerry(arms, comparisons).strengths, problem: null };
  } catch (error) {
    if (error instanceof NotComparableError)
      return { strengths: null, problem: "Some arm has won, lost or tied with too few others for a finite strength." };
    throw error;
  }
}

/** Whether people agree with each other about items. */
export interface Agreement {
  fleiss: FleissKappa | null;
  krippendorff: number | null;
}

/** Over arm a, tie and arm b as names without an order. */
export function agreementOf(rows: readonly VoteRow[]): Agreement {
  const judged = counted(rows).filter((row) => outcomeOf(row) !== null);
  const items = new Map([...new Set(judged.map(({ itemId }) => itemId))].map((id, i) => [id, i]));
  const counts = Array.from(items, () => [0, 0, 0]);
  const ratings = new Map<number, (number | null)[]>();
  for (const row of judged) {
    const [unit, category] = [items.get(row.itemId) ?? 0, 2 * (outcomeOf(row) ?? 0)];
    const count = counts[unit];
    if (count) count[category] = (count[category] ?? 0) + 1;
    const own = ratings.get(row.participant) ?? Array.from(items, () => null);
    own[unit] = category;
    ratings.set(row.participant, own);
  }
  return { fleiss: fleissKappa(counts), krippendorff: krippendorffAlpha([...ratings.values()], "nominal") };
}

/** Whether a side is preferred for being that side. */
export function sideBias(rows: readonly VoteRow[]): Share & { p: number | null } {
  const sided = counted(rows).filter(({ choice }) => choice === VoteChoice.LEFT || choice === VoteChoice.RIGHT);
  const left = sided.filter(({ choice }) => choice === VoteChoice.LEFT).length;
  return { ...shareOf(left, sided.length), p: sided.length > 0 ? exactBinomialP(left, sided.length) : null };
}

/** How often the same pair, turned around, got the same answer. */
export function repeatConsistency(rows: readonly VoteRow[]): Share {
  const keyOf = ({ participant, itemId }: VoteRow) => `${participant} ${itemId}`;
  const first = new Map(counted(rows).map((row) => [keyOf(row), row]));
  const repeats = rows.filter((row) => row.kind === AssignmentKind.REPEAT && first.has(keyOf(row)));
  const same = repeats.filter((row) => outcomeOf(row) === outcomeOf(first.get(keyOf(row)) as VoteRow));
  return shareOf(same.length, repeats.length);
}

/** @param q in [0, 1]; by linear interpolation (R's type 7); null without values */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at));
}
