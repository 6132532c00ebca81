/**
 * Words used here:
 * - run: Algorithm 1 over the planned rounds of one experiment.
 * - step: one part of a round that is a job: drawing, training, scoring, post-training, measuring.
 * - plan: all steps of a run with what each waits for; it follows from the experiment and the settings alone (run-plan.ts).
 * - judge: one reward model by which all rounds are measured, so that a round is not judged by the model it was trained for.
 */
import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { RunState, RunStepKind } from "../../shared/enums.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import type { RunSettings } from "./run-settings.ts";

registerEnumType(RunState, {
  name: "RunState",
  description:
    "RUNNING until all steps are done, one of them failed, or it is cancelled; resumeRun goes on, and so does retryJob of the job by which it failed.",
});
registerEnumType(RunStepKind, {
  name: "RunStepKind",
  description: "A part of a round: draw, train R^t (and once the judge), score and pair, post-train, measure.",
});

/** One a experiment. What was asked for stands in `settings`; how far it is follows from the jobs of its steps. */
@ObjectType({ description: "Algorithm 1 over the planned rounds of an experiment, every step a job." })
@Entity("runs")
@Unique(["experimentId"])
@Check("runs_state_check", `"state" in ('RUNNING','SUCCEEDED','FAILED','CANCELLED')`)
@Index("runs_running_idx", ["id"], { where: `"state" = 'RUNNING'` })
export class Run {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  experimentId!: string;

  @ManyToOne(() => Experiment, { onDelete: "CASCADE" })
  @JoinColumn({ name: "experiment_id" })
  experiment?: Experiment;

  @Field(() => RunState)
  @Column({ type: "text", default: RunState.RUNNING })
  state!: RunState;

  @Field(() => JSONObject, { description: "What was asked for; the defaults filled in." })
  @Column({ type: "jsonb" })
  settings!: RunSettings;

  @Field(() => String, { nullable: true, description: "Why it failed." })
  @Column({ type: "text", nullable: true })
  error!: string | null;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  finishedAt!: Date | null;
}

/** Which job a step was given to. A step that has none has not begun. */
@Entity("run_steps")
@Check("run_steps_round_index_check", `"round_index" >= 1`)
@Check(
  "run_steps_kind_check",
  `"kind" in ('GENERATE','TRAIN_REWARD_MODEL','TRAIN_JUDGE','SCORE','FINE_TUNE','MEASURE')`,
)
export class RunStep {
  @PrimaryColumn({ type: "uuid" })
  runId!: string;

  @ManyToOne(() => Run, { onDelete: "CASCADE" })
  @JoinColumn({ name: "run_id" })
  run?: Run;

  @PrimaryColumn({ type: "int" })
  roundIndex!: number;

  @PrimaryColumn({ type: "text" })
  kind!: RunStepKind;

  @Index()
  @Column({ type: "uuid" })
  jobId!: string;

  @ManyToOne(() => Job, { onDelete: "CASCADE" })
  @JoinColumn({ name: "job_id" })
  job?: Job;
}
