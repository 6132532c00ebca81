import { PostTrainingMethod, RunStepKind } from "../../shared/enums.ts";

/** A step and what must be done before it. */
export interface PlannedStep {
  /** t, from 1 */
  roundIndex: number;
  kind: RunStepKind;
  needs: readonly string[];
}

export const keyOf = ({ roundIndex, kind }: Pick<PlannedStep, "roundIndex" | "kind">): string =>
  `${kind}:${roundIndex}`;

/** What a plan depends on beside the experiment. */
export interface PlanOptions {
  /** There is a judge already; else round 1 trains it. */
  judged: boolean;
  /** From round 2 on a round is measured before it is post-trained from, so that the run can stop there. */
  measuresFirst?: boolean;
}

/**
 * Algorithm 1 as steps, in the order in which they are begun: for each round draw, train R^t against what was drawn, score (and
 * pair), measure, post-train; then the last policy is drawn with and measured, as round T + 1. Measuring is short and what people wait for,
 * so a lone worker does it first; post-training waits for it only where the run may stop there.
 * Selection alone leaves the policy as it is, so it is one round.
 */
export function planOf(
  { plannedRounds, postTraining }: { plannedRounds: number; postTraining: PostTrainingMethod },
  { judged, measuresFirst = false }: PlanOptions,
): PlannedStep[] {
  const tunes = postTraining !== PostTrainingMethod.NONE;
  const rounds = tunes ? plannedRounds : 1;
  const judge = judged ? [] : [keyOf({ roundIndex: 1, kind: RunStepKind.TRAIN_JUDGE })];
  const plan: PlannedStep[] = [];
  for (let t = 1; t <= rounds; t++) {
    const own = (kind: RunStepKind) => keyOf({ roundIndex: t, kind });
    const add = (kind: RunStepKind, ...needs: string[]) => plan.push({ roundIndex: t, kind, needs });
    add(RunStepKind.GENERATE, ...(t > 1 ? [keyOf({ roundIndex: t - 1, kind: RunStepKind.FINE_TUNE })] : []));
    add(RunStepKind.TRAIN_REWARD_MODEL, own(RunStepKind.GENERATE));
    if (t === 1 && !judged) add(RunStepKind.TRAIN_JUDGE, own(RunStepKind.GENERATE));
    add(RunStepKind.SCORE, own(RunStepKind.TRAIN_REWARD_MODEL));
    add(RunStepKind.MEASURE, own(RunStepKind.SCORE), ...judge);
    if (tunes) add(RunStepKind.FINE_TUNE, own(measuresFirst && t > 1 ? RunStepKind.MEASURE : RunStepKind.SCORE));
  }
  if (!tunes) return plan;
  const last = { roundIndex: rounds + 1 };
  const drawn = { ...last, kind: RunStepKind.GENERATE };
  plan.push({ ...drawn, needs: [keyOf({ roundIndex: rounds, kind: RunStepKind.FINE_TUNE })] });
  plan.push({ ...last, kind: RunStepKind.MEASURE, needs: [keyOf(drawn), ...judge] });
  return plan;
}

/** What is left of a plan that stops after a round is measured: nothing is post-trained from it. */
export const planUntil = (plan: readonly PlannedStep[], roundIndex: number): PlannedStep[] =>
  plan.filter((step) => step.roundIndex < roundIndex || (step.roundIndex === roundIndex && !isTuning(step)));

const isTuning = ({ kind }: PlannedStep): boolean => kind === RunStepKind.FINE_TUNE;

/** Steps that have not begun and wait for nothing. */
export function readySteps(plan: readonly PlannedStep[], begun: ReadonlySet<string>, done: ReadonlySet<string>) {
  return plan.filter((step) => !begun.has(keyOf(step)) && step.needs.every((need) => done.has(need)));
}

/** Rounds all of whose steps are done. */
export function finishedRounds(plan: readonly PlannedStep[], done: ReadonlySet<string>): number[] {
  const byRound = Map.groupBy(plan, ({ roundIndex }) => roundIndex);
  return [...byRound].flatMap(([t, steps]) => (steps.every((step) => done.has(keyOf(step))) ? [t] : []));
}
