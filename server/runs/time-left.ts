import { RunStepState } from "../../shared/enums.ts";

/** A step as far as its time is concerned. */
export interface TimedStep {
  kind: string;
  state: RunStepState;
  /** 0 to 1 */
  progress: number;
  /** since its job was first taken, up to its end or now; null before */
  seconds: number | null;
}

/** A running step says how long it takes in all only from this progress on. */
const TELLING_PROGRESS = 0.05;

/**
 * Seconds until the last step ends, where one worker does one step after another: a step takes as long as those of its kind took
 * on the mean, or as its own progress says. Null while there is a kind of which nothing is known yet, as in the first round.
 */
export function secondsLeft(steps: readonly TimedStep[]): number | null {
  const done = Map.groupBy(
    steps.filter(({ state }) => state === RunStepState.SUCCEEDED),
    ({ kind }) => kind,
  );
  let left = 0;
  for (const { kind, state, progress, seconds } of steps) {
    if (state === RunStepState.SUCCEEDED) continue;
    const known = (done.get(kind) ?? []).map((step) => step.seconds ?? 0);
    const usual = known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
    if (state === RunStepState.RUNNING && seconds !== null && progress >= TELLING_PROGRESS)
      left += (seconds / progress) * (1 - progress);
    else if (usual !== null) left += usual;
    else return null;
  }
  return left;
}
