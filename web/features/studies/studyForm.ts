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

/** A number as it was typed; `mistakesOf` has seen to it that it is one. */
const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));
const textOf = (text: string): string | null => (text.trim() === "" ? null : text);

/** More than any study may ask about; what a slip such as "1-999999999" stops at. */
const MOST_POSITIONS = 5001;

/** "0, 4, 10-12" as numbers; null where nothing is chosen; NaN among them for what is neither a position nor a range. */
export function positionsOf(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  if (parts.length === 0) return null;
  return parts.flatMap((part) => {
    const [, from, to] = /^(\d+)[-–](\d+)$/.exec(part) ?? [];
    if (from === undefined || to === undefined) return [/^\d+$/.test(part) ? +part : Number.NaN];
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

type NumberKey = (typeof NUMBERS)[number];
const NUMBERS = [
  ...(["promptCount", "seed", "votesPerItem", "itemsPerParticipant", "targetParticipants"] as const),
  ...(["attentionChecks", "attentionFailures", "repeats", "minResponseMs"] as const),
];
/** Of these at least one; of the others none is fine. */
const FROM_ONE: ReadonlySet<NumberKey> = new Set([
  ...(["promptCount", "votesPerItem", "itemsPerParticipant", "targetParticipants"] as const),
]);

/** What is wrong with a form, by field, in the form's words; arms' fields as "arms[0].roundId". */
export type Mistakes = Readonly<Record<string, string>>;

const isWhole = (text: string, least: number): boolean =>
  /^\s*(\d+)?\s*$/.test(text) && (text.trim() === "" || +text >= least);

/** What the form itself knows to be wrong; the rest is the API's to say. */
export function mistakesOf(values: StudyValues): Mistakes {
  const found: Record<string, string> = {};
  if (values.name.trim() === "") found.name = "Give the study a name.";
  for (const [i, arm] of values.arms.entries()) {
    if (arm.name.trim() === "") found[`arms[${i}].name`] = "Give the arm a name.";
    else if (values.arms.findIndex(({ name }) => name.trim() === arm.name.trim()) < i)
      found[`arms[${i}].name`] = "Another arm has this name.";
    if (arm.roundId === "") found[`arms[${i}].roundId`] = "Choose a round.";
    const least = arm.rewardModelId ? 1 : 0;
    if (!isWhole(arm.k, least)) found[`arms[${i}].k`] = `Give a whole number from ${least}, or nothing.`;
  }
  if (values.question.trim() === "") found.question = "Say what volunteers are asked.";
  if (positionsOf(values.promptPositions)?.some(Number.isNaN))
    found.promptPositions = "Give positions or ranges of them, such as 0, 4, 10-12.";
  for (const name of NUMBERS) {
    const least = FROM_ONE.has(name) ? 1 : 0;
    if (!isWhole(values[name], least)) found[name] = `Give a whole number from ${least}, in digits.`;
  }
  return found;
}

/** What the API refused, at the field of the form that it names, without the name before the words. */
export function refusalAt(field: string, message: string): Mistakes {
  const words = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  const place = field.startsWith("arms[") ? field : (field.split(/[.[]/)[0] ?? field);
  return { [place]: words.charAt(0).toUpperCase() + words.slice(1) };
}

/** What is left of the mistakes once some fields have been changed. */
export function mistakesAfter(mistakes: Mistakes, before: StudyValues, changes: Partial<StudyValues>): Mistakes {
  const changed = (field: string): boolean => {
    const [, place, key] = /^arms\[(\d+)\]\.(\w+)$/.exec(field) ?? [];
    if (place === undefined || !changes.arms) return field in changes;
    const [old, now] = [before.arms[+place], changes.arms[+place]];
    return old?.[key as keyof ArmValues] !== now?.[key as keyof ArmValues];
  };
  return Object.fromEntries(Object.entries(mistakes).filter(([field]) => !changed(field)));
}

/** How many people a plan takes, if nobody leaves early. */
export interface PlanSize {
  /** asked about at most */
  pairs: number | null;
  pairsEach: number | null;
  people: number;
}

/**
 * Votes wanted of all pairs over the pairs that each person judges.
 * @param promptsInSet of the arms' prompt set; null: no round is chosen yet   @returns null where a number is missing or is none
 */
export function planSize(values: StudyValues, promptsInSet: number | null): PlanSize | null {
  const [votes, each, prompts] = [values.votesPerItem, values.itemsPerParticipant, values.promptCount].map(numberOf);
  const positions = positionsOf(values.promptPositions);
  const known = [prompts, positions?.length, promptsInSet].filter((n) => n != null);
  const asked = known.length > 0 ? Math.min(...known) : null;
  const pairs = asked === null ? null : (asked * values.arms.length * (values.arms.length - 1)) / 2;
  const pairsEach = each == null || pairs === null ? (each ?? pairs) : Math.min(each, pairs);
  // Whoever judges every pair gives each of them one vote, however many there are.
  const people = each == null ? votes : pairs === null ? null : Math.ceil(((votes ?? 0) * pairs) / (pairsEach ?? 1));
  return people && Number.isFinite(people) ? { pairs, pairsEach, people } : null;
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

/** Prompts of the set that the arms have in common; null: no round is chosen yet. */
export const promptsOf = (experiments: readonly Experiment[], arms: readonly ArmValues[]): number | null =>
  experiments.find(({ rounds }) => rounds.some(({ id }) => arms.some(({ roundId }) => roundId === id)))?.promptSet
    .promptCount ?? null;

/** Which sample of each prompt: the first, or the best by a trained model of the round. */
export function selectionOptions(experiments: readonly Experiment[], roundId: string) {
  const round = experiments.flatMap(({ rounds }) => rounds).find(({ id }) => id === roundId);
  return [
    { value: "", label: "One sample" },
    ...(round?.rewardModels ?? []).map(({ id, name }) => ({ value: id, label: `Best of K by ${name}` })),
  ];
}
