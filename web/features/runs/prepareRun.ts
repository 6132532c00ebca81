import { decimal, duration, significant } from "../../../shared/format/number.ts";
import type { ExperimentRunQuery } from "../../graphql/generated/graphql.ts";

export type Run = NonNullable<NonNullable<ExperimentRunQuery["experiment"]>["run"]>;
export type Step = Run["steps"][number];

const STEP_NAMES: Record<string, string> = {
  GENERATE: "draw",
  TRAIN_REWARD_MODEL: "train R",
  TRAIN_JUDGE: "train the judge",
  SCORE: "score and pair",
  FINE_TUNE: "post-train",
  MEASURE: "measure",
};

export const stepName = ({ kind }: Pick<Step, "kind">): string => STEP_NAMES[kind] ?? kind.toLowerCase();

/** A round of a run: its steps in order, and the policies it begins with and leads to. */
export interface RoundOfRun {
  index: number;
  roundId: string | null;
  policyIn: string | null;
  policyOut: string | null;
  steps: Step[];
  /** the round that only measures the last policy */
  measuresOnly: boolean;
}

export function roundsOfRun({ steps }: Run): RoundOfRun[] {
  const byRound = Map.groupBy(steps, ({ roundIndex }) => roundIndex);
  return [...byRound].map(([index, own]) => {
    const round = own.find((step) => step.round !== null)?.round ?? null;
    return {
      index,
      roundId: round?.id ?? null,
      policyIn: round?.policyIn.name ?? null,
      policyOut: round?.policyOut?.name ?? null,
      steps: own,
      measuresOnly: !own.some(({ kind }) => kind === "TRAIN_REWARD_MODEL"),
    };
  });
}

/** What is being done now, in words; null when nothing is. */
export function nowOf({ steps }: Run): string | null {
  const step = steps.find(({ state }) => state === "RUNNING");
  if (step) return `Round ${step.roundIndex}, ${stepName(step)}: ${step.job?.progressMessage || "starting"}`;
  return steps.some(({ state }) => state === "QUEUED") ? "Waiting for a worker" : null;
}

/** Time left, to stand behind the share that is done; nothing while it is not known. */
export const leftOf = ({ secondsLeft }: Pick<Run, "secondsLeft">): string =>
  secondsLeft ? `, about ${duration(secondsLeft)} left` : "";

export function earlyStopText({ roundIndex, metric, value, threshold }: NonNullable<Run["earlyStop"]>): string {
  const why =
    metric === "KID"
      ? `its KID is ${significant(value)}, not below the ${significant(threshold)} of an earlier round`
      : `fidelity is ${significant(value)}, below round 1's interval, which begins at ${significant(threshold)}`;
  return `No policy was trained from round ${roundIndex}: ${why}.`;
}

export function alarmText({ kind, roundIndex, value, threshold }: Run["alarms"][number]): string {
  if (kind === "COLLAPSE")
    return `Round ${roundIndex}: the samples of a prompt have become alike. Diversity is ${decimal(value)}, below ${decimal(threshold)}, 60% of round 1's.`;
  return `Round ${roundIndex}: the reward model tells proxy data from outputs without fail (held-out AUC ${decimal(value)}); it may go by artefacts and not by what is wanted.`;
}
