/** What the form of a new study holds, and what it asks the API for. */
import type { ComparableRoundsQuery, StudyInput } from "../../graphql/generated/graphql.ts";

export interface ArmValues {
  name: string;
  roundId: string;
  /** empty: the first sample of each prompt; else the reward model whose best is shown */
  rewardModelId: string;
}

export interface StudyValues {
  name: string;
  arms: ArmValues[];
  question: string;
  instructions: string;
  promptTag: string;
  promptCount: string;
  seed: string;
  votesPerItem: string;
  itemsPerParticipant: string;
  targetParticipants: string;
  allowTies: boolean;
  allowCannotJudge: boolean;
  adaptive: boolean;
  practice: boolean;
  attentionChecks: string;
  repeats: string;
  minResponseMs: string;
  attentionFailures: string;
  completionCode: string;
  redirectUrl: string;
  keepPanelIds: boolean;
}

export const NEW_STUDY: StudyValues = {
  name: "",
  arms: [
    { name: "Before", roundId: "", rewardModelId: "" },
    { name: "After", roundId: "", rewardModelId: "" },
  ],
  question: "Which image do you prefer?",
  instructions: "",
  promptTag: "",
  promptCount: "50",
  seed: "0",
  votesPerItem: "14",
  itemsPerParticipant: "",
  targetParticipants: "14",
  ...{ allowTies: false, allowCannotJudge: false, adaptive: false, practice: true, keepPanelIds: false },
  ...{ attentionChecks: "2", repeats: "2", minResponseMs: "300", attentionFailures: "1" },
  ...{ completionCode: "", redirectUrl: "" },
};

/** A number as it was typed; nothing for an empty field. What is no number goes as NaN, which the API refuses with the field's name. */
const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));
const textOf = (text: string): string | null => (text.trim() === "" ? null : text);

export function inputOf(values: StudyValues): StudyInput {
  const { name, arms, question, instructions, adaptive, ...others } = values;
  return {
    ...{ name, question, instructions },
    arms: arms.map(({ name: armName, roundId, rewardModelId }) => ({
      ...{ name: armName, roundId },
      ...(rewardModelId ? { selection: "BEST_OF_K" as const, rewardModelId } : { selection: "SAMPLE" as const }),
    })),
    adaptive: adaptive && arms.length > 2,
    ...{ allowTies: others.allowTies, allowCannotJudge: others.allowCannotJudge, practice: others.practice },
    keepPanelIds: others.keepPanelIds,
    promptTag: textOf(others.promptTag),
    promptCount: numberOf(others.promptCount),
    seed: numberOf(others.seed) ?? 0,
    votesPerItem: numberOf(others.votesPerItem) ?? 14,
    itemsPerParticipant: numberOf(others.itemsPerParticipant),
    targetParticipants: numberOf(others.targetParticipants),
    attentionChecks: numberOf(others.attentionChecks) ?? 0,
    repeats: numberOf(others.repeats) ?? 0,
    minResponseMs: numberOf(others.minResponseMs) ?? 0,
    attentionFailures: numberOf(others.attentionFailures) ?? 0,
    completionCode: textOf(others.completionCode),
    redirectUrl: textOf(others.redirectUrl),
  };
}

type Experiment = ComparableRoundsQuery["experiments"]["nodes"][number];

/** Rounds with samples, by experiment. With an arm chosen only those of its prompt set can be compared with it. */
export function roundOptions(experiments: readonly Experiment[], promptSetId: string | null) {
  return experiments
    .filter(({ promptSet }) => promptSetId === null || promptSet.id === promptSetId)
    .map(({ name, rounds }) => ({
      group: name,
      items: rounds
        .filter(({ sampleCount }) => sampleCount > 0)
        .map(({ id, index, policyIn }) => ({ value: id, label: `Round ${index}: ${policyIn.name}` })),
    }))
    .filter(({ items }) => items.length > 0);
}

export const promptSetOf = (experiments: readonly Experiment[], roundId: string): string | null =>
  experiments.find(({ rounds }) => rounds.some(({ id }) => id === roundId))?.promptSet.id ?? null;

/** Which sample of each prompt: the first, or the best by a trained model of the round. */
export function selectionOptions(experiments: readonly Experiment[], roundId: string) {
  const round = experiments.flatMap(({ rounds }) => rounds).find(({ id }) => id === roundId);
  return [
    { value: "", label: "First sample (k = 0)" },
    ...(round?.rewardModels ?? []).map(({ id, name }) => ({ value: id, label: `Best of K by ${name}` })),
  ];
}
