/** The votes of a study by item and by participant. Pure. */
import { AssignmentKind, VoteChoice } from "../../shared/enums.ts";
import { outcomeOf, quantile, type VoteRow } from "./study-analysis.ts";

/** One item's votes. */
export interface ItemResult {
  itemId: string;
  promptPosition: number;
  prompt: string;
  arm: number;
  against: number;
  wins: number;
  losses: number;
  ties: number;
  cannotJudge: number;
}

/** In order of prompt and pair. */
export function itemResults(rows: readonly VoteRow[]): ItemResult[] {
  const own = rows.filter(({ kind }) => kind === AssignmentKind.VOTE);
  return [...Map.groupBy(own, ({ itemId }) => itemId).values()]
    .map((votes) => {
      const { itemId, promptPosition, prompt, armA, armB } = votes[0] as VoteRow;
      const times = (value: number | null) => votes.filter((vote) => outcomeOf(vote) === value).length;
      return {
        ...{ itemId, promptPosition, prompt, arm: armB, against: armA },
        ...{ wins: times(1), losses: times(0), ties: times(0.5), cannotJudge: times(null) },
      };
    })
    .sort((a, b) => a.promptPosition - b.promptPosition || a.against - b.against || a.arm - b.arm);
}

/** One participant's votes. */
export interface ParticipantResult {
  participant: number;
  votes: number;
  /** share of votes for the later arm, a tie counting half; null without a vote that judges */
  rate: number | null;
  /** share of left among left and right */
  leftShare: number | null;
  medianMs: number | null;
  attentionChecks: number;
  attentionFailures: number;
  repeats: number;
  repeatsSame: number;
  excluded: boolean;
}

/** In order of their numbers. @param excluded those whom the plan leaves out */
export function participantResults(rows: readonly VoteRow[], excluded: ReadonlySet<number>): ParticipantResult[] {
  return [...Map.groupBy(rows, ({ participant }) => participant)]
    .map(([participant, own]) => resultOf(participant, own, excluded.has(participant)))
    .sort((a, b) => a.participant - b.participant);
}

const share = (count: number, n: number): number | null => (n === 0 ? null : count / n);

function resultOf(participant: number, own: readonly VoteRow[], excluded: boolean): ParticipantResult {
  const of = (kind: AssignmentKind) => own.filter((row) => row.kind === kind);
  const [votes, checks, repeats] = [AssignmentKind.VOTE, AssignmentKind.ATTENTION, AssignmentKind.REPEAT].map(of) as [
    VoteRow[],
    VoteRow[],
    VoteRow[],
  ];
  const outcomes = votes.map(outcomeOf).filter((outcome) => outcome !== null);
  const sided = votes.filter(({ choice }) => choice === VoteChoice.LEFT || choice === VoteChoice.RIGHT);
  const first = new Map(votes.map((row) => [row.itemId, outcomeOf(row)]));
  return {
    participant,
    votes: votes.length,
    rate: share(
      outcomes.reduce<number>((sum, outcome) => sum + outcome, 0),
      outcomes.length,
    ),
    leftShare: share(sided.filter(({ choice }) => choice === VoteChoice.LEFT).length, sided.length),
    medianMs: quantile(
      votes.map(({ responseMs }) => responseMs),
      0.5,
    ),
    attentionChecks: checks.length,
    attentionFailures: checks.filter(({ choice, expected }) => choice !== expected).length,
    repeats: repeats.length,
    repeatsSame: repeats.filter((row) => first.get(row.itemId) === outcomeOf(row)).length,
    excluded,
  };
}
