/** What the page of a study says, decided apart from how it is drawn. */
import { count, decimal, percent, percentWithInterval, pValue } from "../../../shared/format/number.ts";
import { wilsonInterval } from "../../../shared/statistics/wilson.ts";
import type { PairModelsQuery, StudyPageQuery, StudyParticipantsQuery } from "../../graphql/generated/graphql.ts";
import { positionsText } from "./studyForm.ts";

export type Study = NonNullable<StudyPageQuery["study"]>;
export type Analysis = Study["analysis"];
export type PairResult = Analysis["pairs"][number];

export const armName = (study: Pick<Study, "arms">, position: number): string =>
  study.arms.find((arm) => arm.position === position)?.name ?? `arm ${position}`;

/** Of fewer the exact test by participants has no p below 5%, though all of them agree: 2 / 2^5 is 0.0625. */
const FEWEST_PEOPLE = 6;
const SIGNIFICANT = 0.05;

const peopleOf = ({ participants: { favourable, unfavourable, even } }: PairResult): number =>
  favourable + unfavourable + even;

/** What Wilson's interval is of: wins among wins and losses; null without either. */
export const decidedRate = ({ wins, losses }: Pick<PairResult, "wins" | "losses">): number | null =>
  wins + losses > 0 ? wins / (wins + losses) : null;

/** Whether the plan's two readings that allow for votes being alike, the clustered interval and the test by participants, both say so. */
const settled = ({ clustered, participants }: PairResult): boolean =>
  clustered != null && (clustered.low > 0.5 || clustered.high < 0.5) && participants.p < SIGNIFICANT;

/** The finding about two arms in a sentence or two, never surer than the readings by participants. */
export function finding(study: Pick<Study, "arms">, pair: PairResult): string {
  const { arm, against, rate, clustered, participants } = pair;
  const [name, other] = [armName(study, arm), armName(study, against)];
  if (rate == null || !clustered) return `No vote has judged “${name}” against “${other}” yet.`;
  const [better, worse, share, low, high] =
    rate >= 0.5
      ? [name, other, rate, clustered.low, clustered.high]
      : [other, name, 1 - rate, 1 - clustered.high, 1 - clustered.low];
  const leaning = rate >= 0.5 ? participants.favourable : participants.unfavourable;
  const all = participants.favourable + participants.unfavourable;
  const evidence = `${percentWithInterval(share, low, high)} of votes, ${leaning} of ${all} participants (p ${pText(participants.p)})`;
  if (settled(pair)) return `People prefer “${better}” to “${worse}”: ${evidence}.`;
  const people = peopleOf(pair);
  const few =
    people < FEWEST_PEOPLE
      ? ` ${people === 1 ? "One participant" : `${people} participants`} can’t settle it, whatever the votes: at least ${FEWEST_PEOPLE} are needed.`
      : "";
  return `It is not settled whether people prefer “${better}” or “${worse}”: ${evidence}.${few}`;
}

/** How many more votes would settle it, in words that agree with `finding`; null where there is nothing to say. */
export function votesNeeded(pair: PairResult): string | null {
  const { votes, votesToSettle, clustered } = pair;
  // Of so few people nothing can be reckoned, and what they lack is people.
  if (!clustered || peopleOf(pair) < FEWEST_PEOPLE) return null;
  if (settled(pair))
    return votesToSettle == null
      ? null
      : `Four of five studies with about ${count(votesToSettle)} votes of this kind would find a difference of this size.`;
  if (votesToSettle == null) return "At this rate no number of votes would settle it.";
  const more = votesToSettle - votes;
  return more > 0
    ? `If the rate stays as it is, about ${count(more)} more votes (${count(votesToSettle)} in all), of more people too, would settle it.`
    : "More votes of the same people would hardly settle it; votes of more people may.";
}

/** Which sample of each prompt an arm shows. */
export function shownSample({ k, rewardModel }: Pick<Study["arms"][number], "k" | "rewardModel">): string {
  if (rewardModel) return `the best of ${k == null ? "all samples" : `the first ${k}`} by ${rewardModel.name}`;
  return k ? `sample ${k}` : "the first sample";
}

/** Which prompts are asked about, in words. */
export function chosenPrompts(study: Pick<Study, "promptTag" | "promptPositions" | "promptCount">): string {
  const { promptTag, promptPositions, promptCount } = study;
  const from = [
    promptPositions ? `at positions ${positionsText(promptPositions)}` : null,
    promptTag === null ? null : `with the tag “${promptTag}”`,
  ].filter(Boolean);
  const which = promptCount ? `${count(promptCount)} at random by the seed` : "all";
  return from.length > 0 ? `${which} of those ${from.join(" and ")}` : which;
}

/** What the plan leaves out. */
export const exclusionRules = (study: Pick<Study, "minResponseMs" | "attentionFailures" | "attentionChecks">): string =>
  `votes faster than ${count(study.minResponseMs)} ms${
    study.attentionChecks > 0
      ? `; participants who fail more than ${study.attentionFailures} of ${study.attentionChecks} attention checks`
      : ""
  }`;

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
