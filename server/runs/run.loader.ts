import { In } from "typeorm";
import { RunAlarmKind, RunStepState } from "../../shared/enums.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Run } from "./run.entity.ts";
import type { BegunStep } from "./run.service.ts";
import { DIVERSITY_OF_ROUNDS, SEPARATION_OF_ROUNDS, STEPS_OF_RUNS } from "./run.sql.ts";
import { keyOf, type PlannedStep, planOf } from "./run-plan.ts";

export const runById = entityById(Run);

/** The run of an experiment; null without one. */
export const runByExperiment: LoaderDefinition<string, Run | null> = {
  name: "runByExperiment",
  async loadMany(db, experimentIds) {
    const runs = await db.getRepository(Run).findBy({ experimentId: In([...experimentIds]) });
    const byExperiment = new Map(runs.map((run) => [run.experimentId, run]));
    return experimentIds.map((id) => byExperiment.get(id) ?? null);
  },
};

/** A step of the plan, and how far it is. */
export interface StepOfRun extends Pick<PlannedStep, "roundIndex" | "kind"> {
  experimentId: string;
  state: RunStepState;
  /** 0 to 1 */
  progress: number;
  jobId: string | null;
}

/** All steps of a run in the order of its plan; an unknown run has none. */
export const stepsByRun: LoaderDefinition<string, StepOfRun[]> = {
  name: "stepsByRun",
  async loadMany(db, runIds) {
    const runs = await db.getRepository(Run).findBy({ id: In([...runIds]) });
    const experiments = await db.getRepository(Experiment).findBy({ id: In(runs.map((run) => run.experimentId)) });
    const byId = new Map(experiments.map((experiment) => [experiment.id, experiment]));
    const begun: BegunStep[] = await db.query(STEPS_OF_RUNS, [[...runIds]]);
    const begunByKey = new Map(begun.map((step) => [`${step.runId}:${step.kind}:${step.roundIndex}`, step]));
    const steps = new Map(
      runs.map(({ id, experimentId, settings }) => {
        const experiment = byId.get(experimentId) as Experiment;
        const plan = planOf(experiment, settings.judgeId !== null);
        return [id, plan.map((step) => stepOf(step, experimentId, begunByKey.get(`${id}:${keyOf(step)}`)))];
      }),
    );
    return runIds.map((id) => steps.get(id) ?? []);
  },
};

function stepOf({ roundIndex, kind }: PlannedStep, experimentId: string, begun: BegunStep | undefined): StepOfRun {
  const state = begun ? RunStepState[begun.state] : RunStepState.WAITING;
  const progress = state === RunStepState.SUCCEEDED ? 1 : (begun?.progress ?? 0);
  return { roundIndex, kind, experimentId, state, progress, jobId: begun?.jobId ?? null };
}

/** Something about a round that numbers alone would hide. */
export interface AlarmOfRun {
  kind: RunAlarmKind;
  roundIndex: number;
  /** What it is that was seen, and what it was compared with. */
  value: number;
  threshold: number;
}

/** Diversity below this share of the first round's: the K samples of a prompt become one. */
const COLLAPSE_SHARE = 0.6;
/** A model that tells proxy data from outputs without fail may go by artefacts, and not by what is wanted. */
const SEPARABLE_AUC = 0.999;

/** Alarms of a run in order of rounds; of those that are not measured there are none. */
export const alarmsByRun: LoaderDefinition<string, AlarmOfRun[]> = {
  name: "alarmsByRun",
  async loadMany(db, runIds) {
    const diversities: { runId: string; roundIndex: number; value: number }[] = await db.query(DIVERSITY_OF_ROUNDS, [
      [...runIds],
    ]);
    const models: { runId: string; roundIndex: number; auc: number }[] = await db.query(SEPARATION_OF_ROUNDS, [
      [...runIds],
    ]);
    return runIds.map((id) => {
      const own = diversities.filter(({ runId }) => runId === id);
      const threshold = COLLAPSE_SHARE * (own.find(({ roundIndex }) => roundIndex === 1)?.value ?? 0);
      const collapsed = own
        .filter(({ value }) => value < threshold)
        .map(({ roundIndex, value }) => ({ kind: RunAlarmKind.COLLAPSE, roundIndex, value, threshold }));
      const separable = models
        .filter(({ runId, auc }) => runId === id && auc >= SEPARABLE_AUC)
        .map(({ roundIndex, auc: value }) => ({
          ...{ kind: RunAlarmKind.SEPARABLE, roundIndex, value },
          threshold: SEPARABLE_AUC,
        }));
      return [...collapsed, ...separable].sort((a, b) => a.roundIndex - b.roundIndex);
    });
  },
};
