/** What the form of a study holds, and what it asks the API for. */
import type { ComparableExperimentFragment, StudyDraftQuery, StudyInput } from "../../graphql/generated/graphql.ts";

export interface ArmValues {
  name: string;
  roundId: string;
  /** empty: the first sample of each prompt; else the reward model whose best is shown */
  rewardModelId: string;
  /** which sample, from 0, or K of the best of K; empty: the first, or all */
  k: string;
}

export interface StudyValues {
  name: string;
  arms: ArmValues[];
  question: string;
  instructions: string;
  promptTag: string;
  /** chosen ones, as "0, 4, 10-12"; empty: not chosen */
  promptPositions: string;
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
    { name: "Before", roundId: "", rewardModelId: "", k: "" },
    { name: "After", roundId: "", rewardModelId: "", k: "" },
  ],
  question: "Which image do you prefer?",
  instructions: "",
  promptTag: "",
  promptPositions: "",
  promptCount: "50",
  seed: "0",
  votesPerItem: "14",
  itemsPerParticipant: "",
  targetParticipants: "14",
  ...{ allowTies: false, allowCannotJudge: false, adaptive: false, practice: true, keepPanelIds: false },
  ...{ attentionChecks: "2", repeats: "2", minResponseMs: "300", attentionFailures: "1" },
  ...{ completionCode: "", redirectUrl: "" },
};

/** A number as it was typed. What is none goes as it is, and the API refuses it with the field's name; NaN would go as null. */
const typedNumber = (text: string): number => (Number.isNaN(Number(text)) ? (text as unknown as number) : Number(text));
const numberOf = (text: string): number | null => (text.trim() === "" ? null : typedNumber(text));
const textOf = (text: string): string | null => (text.trim() === "" ? null : text);

/** More than any study may ask about; what a slip such as "1-999999999" stops at. */
const MOST_POSITIONS = 5001;

/** "0, 4, 10-12" as numbers; null where nothing is chosen. */
export function positionsOf(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  if (parts.length === 0) return null;
  return parts.flatMap((part) => {
    const [, from, to] = /^(\d+)[-–](\d+)$/.exec(part) ?? [];
    if (from === undefined || to === undefined) return [typedNumber(part)];
    return Array.from({ length: Math.min(MOST_POSITIONS, Math.max(1, +to - +from + 1)) }, (_, i) => +from + i);
  });
}

/** The reverse, with runs of three or more as ranges: [0, 4, 10, 11, 12] -> "0, 4, 10-12". */
export function positionsText(positions: readonly number[] | null | undefined): string {
  const runs: [number, number][] = [];
  for (const position of [...(positions ?? [])].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === position - 1) last[1] = position;
    else runs.push([position, position]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}-${to}`))
    .join(", ");
}

export function inputOf(values: StudyValues): StudyInput {
  const { name, arms, question, instructions, adaptive, ...others } = values;
  return {
    ...{ name, question, instructions },
    arms: arms.map(({ name: armName, roundId, rewardModelId, k }) => ({
      ...{ name: armName, roundId, k: numberOf(k) },
      ...(rewardModelId ? { selection: "BEST_OF_K" as const, rewardModelId } : { selection: "SAMPLE" as const }),
    })),
    adaptive: adaptive && arms.length > 2,
    ...{ allowTies: others.allowTies, allowCannotJudge: others.allowCannotJudge, practice: others.practice },
    keepPanelIds: others.keepPanelIds,
    promptTag: textOf(others.promptTag),
    promptPositions: positionsOf(others.promptPositions),
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

export type Draft = NonNullable<StudyDraftQuery["study"]>;

/** A draft as the form holds it; `inputOf` of it is the draft again. */
export function valuesOf(study: Draft): StudyValues {
  const { name, question, instructions, allowTies, allowCannotJudge, adaptive, practice, keepPanelIds } = study;
  const text = (value: number | string | null | undefined) => (value == null ? "" : String(value));
  return {
    ...{ name, question, instructions, allowTies, allowCannotJudge, adaptive, practice, keepPanelIds },
    arms: study.arms.map(({ name: armName, k, round, rewardModel }) => ({
      ...{ name: armName, roundId: round.id, rewardModelId: rewardModel?.id ?? "" },
      k: rewardModel || k ? text(k) : "",
    })),
    promptTag: text(study.promptTag),
    promptPositions: positionsText(study.promptPositions),
    promptCount: text(study.promptCount),
    seed: text(study.seed),
    votesPerItem: text(study.votesPerItem),
    itemsPerParticipant: text(study.itemsPerParticipant),
    targetParticipants: text(study.targetParticipants),
    attentionChecks: text(study.attentionChecks),
    repeats: text(study.repeats),
    minResponseMs: text(study.minResponseMs),
    attentionFailures: text(study.attentionFailures),
    completionCode: text(study.completionCode),
    redirectUrl: text(study.redirectUrl),
  };
}

export type Experiment = ComparableExperimentFragment;

/** The experiments to choose from: the newest, and those that the draft compares already. */
export function offeredTo(study: Draft, newest: readonly Experiment[]): Experiment[] {
  const all = [...newest, ...study.arms.map(({ round }) => round.experiment)];
  return [...new Map(all.map((experiment) => [experiment.id, experiment])).values()];
}

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
    { value: "", label: "One sample" },
    ...(round?.rewardModels ?? []).map(({ id, name }) => ({ value: id, label: `Best of K by ${name}` })),
  ];
}
