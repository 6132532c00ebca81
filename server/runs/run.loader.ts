import { In } from "typeorm";
import { RunAlarmKind } from "../../shared/enums.ts";
import { entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Run } from "./run.entity.ts";
import { MEASURES_OF_ROUNDS, SEPARATION_OF_ROUNDS } from "./run.sql.ts";
import { progressOf, type RunProgress } from "./run-progress.ts";

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

/** How far each run is; null for one that does not exist. */
export const progressByRun: LoaderDefinition<string, RunProgress | null> = {
  name: "progressByRun",
  async loadMany(db, runIds) {
    const progress = await progressOf(db, await db.getRepository(Run).findBy({ id: In([...runIds]) }));
    return runIds.map((id) => progress.get(id) ?? null);
  },
};

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
    const diversities: { runId: string; roundIndex: number; value: number }[] = await db.query(MEASURES_OF_ROUNDS, [
      [...runIds],
      ["diversity"],
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
