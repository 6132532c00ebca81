/** What the page of a study says, decided apart from how it is drawn. */
import { count, decimal, percent, percentWithInterval, pValue } from "../../../shared/format/number.ts";
import { wilsonInterval } from "../../../shared/statistics/wilson.ts";
import type { PairModelsQuery, StudyPageQuery, StudyParticipantsQuery } from "../../graphql/generated/graphql.ts";

export type Study = NonNullable<StudyPageQuery["study"]>;
export type Analysis = Study["analysis"];
export type PairResult = Analysis["pairs"][number];

export const armName = (study: Pick<Study, "arms">, position: number): string =>
  study.arms.find((arm) => arm.position === position)?.name ?? `arm ${position}`;

/** The finding about two arms in one sentence; evidence is the clustered interval's, which leaves out a half or does not. */
export function finding(study: Pick<Study, "arms">, pair: PairResult): string {
  const { arm, against, rate, clustered, participants } = pair;
  const [name, other] = [armName(study, arm), armName(study, against)];
  if (rate == null || !clustered) return `No vote has judged “${name}” against “${other}” yet.`;
  const clear = clustered.low > 0.5 || clustered.high < 0.5;
  const [better, worse, share, low, high] =
    rate >= 0.5
      ? [name, other, rate, clustered.low, clustered.high]
      : [other, name, 1 - rate, 1 - clustered.high, 1 - clustered.low];
  const leaning = rate >= 0.5 ? participants.favourable : participants.unfavourable;
  const all = participants.favourable + participants.unfavourable;
  return clear
    ? `People prefer “${better}” to “${worse}”: ${percentWithInterval(share, low, high)} of votes, ${leaning} of ${all} participants.`
    : `It is not settled whether people prefer “${better}” or “${worse}”: ${percentWithInterval(share, low, high)} of votes.`;
}

/** How many more votes would settle it, in words; null where there is nothing to say. */
export function votesNeeded({ votes, votesToSettle, clustered }: PairResult): string | null {
  if (!clustered) return null;
  if (votesToSettle == null) return "At this rate no number of votes would settle it.";
  const more = votesToSettle - votes;
  return more > 0
    ? `If the rate stays as it is, about ${count(more)} more votes of this kind would settle it (${count(votesToSettle)} in all).`
    : `About ${count(votesToSettle)} votes of this kind would have settled a difference of this size.`;
}

export const ofTotal = (n: number, total: number): string => `${count(n)} of ${count(total)}`;

/** Facts about how the votes hang together. */
export function qualityFacts({
  agreement,
  side,
  repeats,
  responseMs,
  excluded,
}: Analysis): { label: string; value: string }[] {
  const seconds = (ms: number | null | undefined) => (ms == null ? "–" : `${(ms / 1000).toFixed(1)} s`);
  return [
    { label: "Fleiss’ κ", value: decimal(agreement.fleiss?.kappa, 2) },
    { label: "Krippendorff’s α", value: decimal(agreement.krippendorff, 2) },
    {
      label: "Left chosen",
      value:
        side.share == null || side.low == null || side.high == null || side.p == null
          ? "–"
          : `${percentWithInterval(side.share, side.low, side.high)}, p ${pText(side.p)}`,
    },
    { label: "Repeats answered alike", value: repeats.n === 0 ? "none yet" : ofTotal(repeats.count, repeats.n) },
    {
      label: "Response time",
      value: `${seconds(responseMs.median)} (quartiles ${seconds(responseMs.lower)} and ${seconds(responseMs.upper)})`,
    },
    {
      label: "Excluded by the plan",
      value: `${count(excluded.participants)} participants (${count(excluded.ofParticipants)} votes), ${count(excluded.tooFast)} fast votes`,
    },
  ];
}

export const pText = (p: number): string => (p < 0.0001 ? "< 0.0001" : `= ${pValue(p)}`);

/** Items in the order of how undecided they are, least decided first: where to look. */
export function leastDecided(items: Analysis["items"]): Analysis["items"] {
  const lean = ({ wins, losses, ties }: Analysis["items"][number]) =>
    Math.abs(wins - losses) / Math.max(1, wins + losses + ties);
  return items.toSorted((a, b) => lean(a) - lean(b) || a.promptPosition - b.promptPosition);
}

export const shareText = (value: number | null | undefined): string => (value == null ? "–" : percent(value));

type PairExperiment = NonNullable<PairModelsQuery["study"]>["arms"][number]["round"]["experiment"];

/** Models that take pairs, by experiment: of rounds that are not completed. */
export function modelOptions(experiments: readonly PairExperiment[]) {
  const different = [...new Map(experiments.map((experiment) => [experiment.id, experiment])).values()];
  return different
    .map(({ name, rounds }) => ({
      group: name,
      items: rounds
        .filter(({ status }) => status === "OPEN")
        .flatMap(({ index, rewardModels }) =>
          rewardModels.map(({ id, name: model, state }) => ({
            value: id,
            label: `Round ${index}: ${model}${state === "TRAINED" ? "" : `, ${state.toLowerCase()}`}`,
          })),
        ),
    }))
    .filter(({ items }) => items.length > 0);
}

export type Participant = NonNullable<StudyParticipantsQuery["study"]>["participants"]["nodes"][number];

/** How far somebody is, in a word; a link that was revoked opens nothing, whatever was done with it. */
export function participantState({ revokedAt, finishedAt, joinedAt }: Participant): string {
  if (revokedAt) return "REVOKED";
  if (finishedAt) return "FINISHED";
  return joinedAt ? "VOTING" : "INVITED";
}

type Calibration = NonNullable<Analysis["scorers"][number]["calibration"]>;

/** A bin of a reliability diagram; the interval is Wilson's of how often people agreed. */
export interface ReliabilityPoint {
  predicted: number;
  observed: number;
  low: number;
  high: number;
  n: number;
}

/** Votes are whole, so the count is the share of n to the rounding of a float. */
export const reliabilityPoints = ({ bins }: Pick<Calibration, "bins">): ReliabilityPoint[] =>
  bins.map(({ predicted, observed, n }) => ({
    ...{ predicted, observed, n },
    ...wilsonInterval(Math.round(observed * n), n),
  }));
