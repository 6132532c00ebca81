import { isDeepStrictEqual } from "node:util";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { ExperimentStatus, JobState, PostTrainingMethod, RewardModelState, RunState } from "../../shared/enums.ts";
import { dpoHyperparameters, sftHyperparameters } from "../../shared/jobs/fine-tune-policy.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { Policy } from "../policies/policy.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { filesOf } from "../samples/generate-samples.service.ts";
import { Run } from "./run.entity.ts";
import { ADD_STEP, END_RUN, FORGET_FAILED_STEPS, STEPS_OF_RUNS } from "./run.sql.ts";
import { finishedRounds, keyOf, readySteps } from "./run-plan.ts";
import { type BegunStep, progressOf, type RunProgress } from "./run-progress.ts";
import { type RunSettings, runSettings } from "./run-settings.ts";
import type { RunSteps } from "./run-steps.service.ts";

declare module "../graphql/context.ts" {
  interface Services {
    runs: RunService;
  }
}

/** What nobody told of, because a server died, is found so often. */
const LOOK_MS = 5_000;

const request = z.object({ experimentId: z.uuid("must be an experiment's id").toLowerCase(), ...runSettings.shape });

/**
 * Runs go on by `advance` alone, which may be called at any time by anybody: when a job ends, when a server starts, by a timer.
 * It looks at what is recorded and starts what is missing, in one transaction under the run's lock.
 */
export class RunService {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
    private readonly steps: RunSteps,
    private readonly onError: (error: unknown) => void,
  ) {
    jobs.onEnd((job) => this.advanceRunsOf(job.id));
    jobs.onRetried((lost) => this.resumeRunsOf(lost.id));
  }

  /** Goes on with every run that is under way, at once and every few seconds, until `stop`. */
  watch(): void {
    const look = (): void => {
      this.looking ??= this.advanceAll()
        .catch(this.onError)
        .finally(() => {
          this.looking = undefined;
        });
    };
    look();
    this.timer = setInterval(look, LOOK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /**
   * Starts Algorithm 1 on an experiment. Asked again with the same settings it is the run that is there.
   * @throws UserError BAD_INPUT, NOT_FOUND, EXPERIMENT_FROZEN, POLICY_HAS_NO_WEIGHTS, TOO_FEW_ITEMS, REWARD_MODEL_NOT_TRAINED,
   *   CONFLICT (the run that is there has other settings)
   */
  async start(input: unknown): Promise<Run> {
    const { experimentId, ...settings } = parseInput(request, input);
    const run = await inTransaction(this.db, async (tx) => {
      const experiment = await tx
        .getRepository(Experiment)
        .findOne({ where: { id: experimentId }, lock: { mode: "pessimistic_write" } });
      if (!experiment) throw new UserError("NOT_FOUND", `No experiment ${experimentId}.`, "experimentId");
      const asked = { ...settings, postTraining: postTrainingOf(settings, experiment) };
      const runs = tx.getRepository(Run);
      const there = await runs.findOneBy({ experimentId });
      if (there) {
        // A run of an older version lacks what was added since, which is then as by default.
        if (!isDeepStrictEqual(runSettings.parse(there.settings), JSON.parse(JSON.stringify(asked))))
          throw new UserError(
            "CONFLICT",
            "The experiment has a run with other settings; fork the experiment.",
            "experimentId",
          );
        return there;
      }
      await this.mustBeRunnable(tx, experiment, asked);
      const inserted = await runs.insert({ experimentId, settings: asked as never });
      return runs.findOneByOrFail({ id: inserted.identifiers[0]?.id });
    });
    await this.advance(run.id);
    return this.get(run.id);
  }

  /** Ends a run and cancels its jobs; what is recorded stays. @throws UserError NOT_FOUND, RUN_FINISHED */
  async cancel(runId: string): Promise<Run> {
    const id = parseId(runId, "id");
    await inTransaction(this.db, async (tx) => {
      const { state } = await this.locked(tx, id);
      if (state !== RunState.RUNNING && state !== RunState.CANCELLED)
        throw new UserError("RUN_FINISHED", `The run has already ended as ${state}.`, "id");
      await tx.query(END_RUN, [id, RunState.CANCELLED, null]);
    });
    for (const { jobId } of await this.begun(this.db.manager, id))
      await this.jobs.cancel(jobId).catch((error) => {
        if (!(error instanceof UserError && error.code === "JOB_FINISHED")) throw error;
      });
    return this.get(id);
  }

  /** Goes on with a run that failed or was cancelled, from its jobs' checkpoints. @throws UserError NOT_FOUND, RUN_FINISHED */
  async resume(runId: string): Promise<Run> {
    const id = parseId(runId, "id");
    await inTransaction(this.db, async (tx) => {
      const { state } = await this.locked(tx, id);
      if (state === RunState.SUCCEEDED) throw new UserError("RUN_FINISHED", "All steps of the run are done.", "id");
      if (state === RunState.RUNNING) return;
      await tx.query(FORGET_FAILED_STEPS, [id]);
      await tx.query("update runs set state = 'RUNNING', error = null, finished_at = null where id = $1", [id]);
    });
    await this.advance(id);
    return this.get(id);
  }

  /** Starts every step that waits for nothing, until there is none. Does nothing for a run that is not under way. */
  async advance(id: string): Promise<void> {
    try {
      while (await inTransaction(this.db, (tx) => this.takeSteps(tx, id)));
    } catch (error) {
      // What was asked for can't be done: the run says so. Anything else is tried again by whoever looks next.
      if (!(error instanceof UserError)) throw error;
      await this.db.query(END_RUN, [id, RunState.FAILED, error.message]);
    }
  }

  /** @returns whether something that it began is done already, so that there may be more to begin */
  private async takeSteps(tx: EntityManager, id: string): Promise<boolean> {
    const run = await this.locked(tx, id);
    if (run.state !== RunState.RUNNING) return false;
    const { experiment, plan, begun } = (await progressOf(tx, [run])).get(id) as RunProgress;
    const lost = begun.find(({ state }) => state === JobState.FAILED || state === JobState.CANCELLED);
    if (lost) {
      const why = lost.error ?? (lost.state === JobState.CANCELLED ? "the job was cancelled" : "the job failed");
      await tx.query(END_RUN, [id, RunState.FAILED, `Round ${lost.roundIndex}, ${lost.kind}: ${why}`]);
      return false;
    }
    const done = new Set(begun.filter(({ state }) => state === JobState.SUCCEEDED).map(keyOf));
    for (const index of finishedRounds(plan, done))
      await tx.query(
        "update rounds set status = 'COMPLETED' where experiment_id = $1 and index = $2 and status = 'OPEN'",
        [experiment.id, index],
      );
    // Not by their number: a round that is measured anew may shorten the plan behind steps that are done.
    if (plan.every((step) => done.has(keyOf(step)))) {
      await tx.query(END_RUN, [id, RunState.SUCCEEDED, null]);
      return false;
    }
    let again = false;
    for (const step of readySteps(plan, new Set(begun.map(keyOf)), done)) {
      const job = await this.steps.start(tx, { experiment, settings: run.settings, step });
      await tx.query(ADD_STEP, [id, step.roundIndex, step.kind, job.id]);
      again ||= job.state === JobState.SUCCEEDED;
    }
    return again;
  }

  private async mustBeRunnable(tx: EntityManager, experiment: Experiment, settings: RunSettings): Promise<void> {
    if (experiment.status === ExperimentStatus.COMPLETED)
      throw new UserError("EXPERIMENT_FROZEN", `"${experiment.name}" is completed; fork it to go on.`, "experimentId");
    const policy = await tx.getRepository(Policy).findOneByOrFail({ id: experiment.basePolicyId });
    filesOf(policy, "experimentId");
    if (policy.folder && experiment.postTraining !== PostTrainingMethod.NONE)
      throw new UserError(
        "POLICY_HAS_NO_WEIGHTS",
        `Workers of the lab train the embedded generator alone, and "${policy.name}" lies in a folder.`,
        "experimentId",
      );
    for (const field of ["trainTag", "evalTag"] as const) {
      const [found] = await tx.query("select 1 from prompts where prompt_set_id = $1 and $2 = any(tags) limit 1", [
        experiment.promptSetId,
        settings[field],
      ]);
      if (!found) throw new UserError("TOO_FEW_ITEMS", `No prompt of the set is tagged "${settings[field]}".`, field);
    }
    if (settings.judgeId === null) return;
    const judge = await tx.getRepository(RewardModel).findOneBy({ id: settings.judgeId });
    if (!judge) throw new UserError("NOT_FOUND", `No reward model ${settings.judgeId}.`, "judgeId");
    if (judge.state !== RewardModelState.TRAINED)
      throw new UserError("REWARD_MODEL_NOT_TRAINED", `Reward model "${judge.name}" has no weights yet.`, "judgeId");
  }

  private begun(db: EntityManager, id: string): Promise<BegunStep[]> {
    return db.query(STEPS_OF_RUNS, [[id]]);
  }

  private async locked(tx: EntityManager, id: string): Promise<Run> {
    const run = await tx.getRepository(Run).findOne({ where: { id }, lock: { mode: "pessimistic_write" } });
    if (!run) throw new UserError("NOT_FOUND", `No run ${id}.`, "id");
    return run;
  }

  private get(id: string): Promise<Run> {
    return this.db.getRepository(Run).findOneByOrFail({ id });
  }

  private async advanceRunsOf(jobId: string): Promise<void> {
    const runs: { id: string }[] = await this.db.query("select run_id as id from run_steps where job_id = $1", [jobId]);
    for (const { id } of runs) await this.advance(id);
  }

  /** What failed by that job goes on, also where nobody has noticed yet that it failed; a run that somebody cancelled stays so. */
  private async resumeRunsOf(jobId: string): Promise<void> {
    const runs: { id: string }[] = await this.db.query(
      "select s.run_id as id from run_steps s join runs r on r.id = s.run_id where s.job_id = $1 and r.state in ('RUNNING','FAILED')",
      [jobId],
    );
    for (const { id } of runs) {
      await this.advance(id);
      await this.resume(id);
    }
  }

  private async advanceAll(): Promise<void> {
    const runs: { id: string }[] = await this.db.query("select id from runs where state = 'RUNNING' order by id");
    for (const { id } of runs) await this.advance(id).catch(this.onError);
  }
}

/** With the defaults of the experiment's method filled in. @throws UserError BAD_INPUT */
function postTrainingOf({ postTraining }: RunSettings, experiment: Experiment): RunSettings["postTraining"] {
  const { hyperparameters, picksPerPrompt } = postTraining;
  const at = "postTraining.hyperparameters";
  if (picksPerPrompt !== null && experiment.postTraining !== PostTrainingMethod.SFT)
    throw new UserError("BAD_INPUT", "postTraining.picksPerPrompt: is of SFT alone.", "postTraining.picksPerPrompt");
  if (experiment.postTraining === PostTrainingMethod.NONE) {
    if (Object.keys(hyperparameters).length > 0)
      throw new UserError("BAD_INPUT", `${at}: the experiment trains no policy.`, at);
    return { hyperparameters: {}, picksPerPrompt: null };
  }
  return experiment.postTraining === PostTrainingMethod.SFT
    ? { hyperparameters: parseInput(sftHyperparameters, hyperparameters, at), picksPerPrompt: picksPerPrompt ?? 1 }
    : { hyperparameters: parseInput(dpoHyperparameters, hyperparameters, at), picksPerPrompt: null };
}
