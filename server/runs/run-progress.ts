import { type EntityManager, In } from "typeorm";
import { type JobState, PostTrainingMethod, RunStepState } from "../../shared/enums.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { type EarlyStop, earlyStopOf, type StopValue } from "./early-stop.ts";
import type { Run } from "./run.entity.ts";
import { MEASURES_OF_ROUNDS, STEPS_OF_RUNS } from "./run.sql.ts";
import { keyOf, type PlannedStep, planOf, planUntil } from "./run-plan.ts";

/** A step that has begun, with its job. */
export interface BegunStep extends Pick<PlannedStep, "roundIndex" | "kind"> {
  runId: string;
  jobId: string;
  state: JobState;
  progress: number;
  error: string | null;
  /** since its job was first taken, up to its end or now; null before */
  seconds: number | null;
}

/** A step of the plan, and how far it is. */
export interface StepOfRun extends Pick<PlannedStep, "roundIndex" | "kind"> {
  experimentId: string;
  state: RunStepState;
  /** 0 to 1 */
  progress: number;
  jobId: string | null;
  /** as of BegunStep */
  seconds: number | null;
}

/** How far a run is. */
export interface RunProgress {
  experiment: Experiment;
  /** what is to be done, up to an early stop */
  plan: PlannedStep[];
  begun: BegunStep[];
  /** the plan's, in order */
  steps: StepOfRun[];
  earlyStop: EarlyStop | null;
}

/** @returns by run, read from the experiment, the jobs and, where a run may stop early, its rounds' metrics */
export async function progressOf(db: EntityManager, runs: readonly Run[]): Promise<Map<string, RunProgress>> {
  const ids = runs.map(({ id }) => id);
  const experiments = await db.getRepository(Experiment).findBy({ id: In(runs.map((run) => run.experimentId)) });
  const byId = new Map(experiments.map((experiment) => [experiment.id, experiment]));
  const rows: BegunStep[] = await db.query(STEPS_OF_RUNS, [ids]);
  const begunByRun = Map.groupBy(rows, ({ runId }) => runId);
  const stops = await earlyStopsOf(db, runs);
  return new Map(
    runs.map((run) => {
      const experiment = byId.get(run.experimentId) as Experiment;
      const begun = begunByRun.get(run.id) ?? [];
      const stop = stops.get(run.id);
      const earlyStop = stop && mayStop(experiment, stop) ? stop : null;
      const { judgeId, earlyStopping } = run.settings;
      const whole = planOf(experiment, { judged: judgeId !== null, measuresFirst: Boolean(earlyStopping) });
      const plan = earlyStop ? planUntil(whole, earlyStop.roundIndex) : whole;
      return [run.id, { experiment, plan, begun, earlyStop, steps: stepsOf(plan, experiment.id, begun) }];
    }),
  );
}

/** After the last planned round there is nothing to stop. */
const mayStop = ({ plannedRounds, postTraining }: Experiment, { roundIndex }: EarlyStop): boolean =>
  postTraining !== PostTrainingMethod.NONE && roundIndex <= plannedRounds;

async function earlyStopsOf(db: EntityManager, runs: readonly Run[]): Promise<Map<string, EarlyStop | null>> {
  const stopping = runs.filter(({ settings }) => settings.earlyStopping);
  if (stopping.length === 0) return new Map();
  const values: (StopValue & { runId: string })[] = await db.query(MEASURES_OF_ROUNDS, [
    stopping.map(({ id }) => id),
    ["KID", "fidelity"],
  ]);
  const byRun = Map.groupBy(values, ({ runId }) => runId);
  return new Map(
    stopping.map(({ id, settings }) => [id, earlyStopOf(byRun.get(id) ?? [], settings.earlyStopping?.patience ?? 1)]),
  );
}

function stepsOf(plan: readonly PlannedStep[], experimentId: string, begun: readonly BegunStep[]): StepOfRun[] {
  const begunByKey = new Map(begun.map((step) => [keyOf(step), step]));
  return plan.map((step) => {
    const { state: jobState, progress = 0, jobId = null, seconds = null } = begunByKey.get(keyOf(step)) ?? {};
    const state = jobState ? RunStepState[jobState] : RunStepState.WAITING;
    const { roundIndex, kind } = step;
    return {
      roundIndex,
      kind,
      experimentId,
      jobId,
      seconds,
      state,
      progress: state === RunStepState.SUCCEEDED ? 1 : progress,
    };
  });
}
