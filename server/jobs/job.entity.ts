/**
 * Words used here:
 * - job kind: a verb-noun such as TRAIN_REWARD_MODEL; its contract is `shared/jobs/<verb-noun>.ts`.
 * - lease: the right of one worker to work on one job while its heartbeats come; every call on a job shows its lease
 *   token, so a worker that was given up for dead can't write over its successor. pg-boss decides when it runs out.
 * - natural key: what makes two requests the same job; asking twice returns the same job.
 */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { ComputeProvider, JobState } from "../../shared/enums.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";

registerEnumType(ComputeProvider, { name: "ComputeProvider", description: "Where a worker computes." });
registerEnumType(JobState, { name: "JobState", description: "QUEUED -> RUNNING -> SUCCEEDED, FAILED or CANCELLED." });

@ObjectType({ description: "A unit of work on a worker: idempotent, cancellable, resumable." })
@Entity("jobs")
@Check("jobs_state_check", `"state" in ('QUEUED','RUNNING','SUCCEEDED','FAILED','CANCELLED')`)
@Check("jobs_provider_check", `"provider" in ('CPU','WEBGPU','CUDA')`)
@Check("jobs_progress_check", `"progress" between 0 and 1`)
@Check("jobs_lease_check", `("state" = 'RUNNING') = ("lease_token" is not null)`)
@Index("jobs_natural_key_key", ["kind", "naturalKey"], {
  unique: true,
  where: `"state" in ('QUEUED','RUNNING','SUCCEEDED')`,
})
@Index("jobs_worker_idx", ["worker"], { where: `"state" = 'RUNNING'` })
@Index("jobs_living_idx", ["kind", "id"], { where: `"state" in ('QUEUED','RUNNING')` })
export class Job {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String, { description: "TRAIN_REWARD_MODEL, SCORE_SAMPLES, ..." })
  @Column({ type: "text" })
  kind!: string;

  @Column({ type: "text" })
  naturalKey!: string;

  @Field(() => JobState)
  @Column({ type: "text", default: JobState.QUEUED })
  state!: JobState;

  @Field(() => JSONObject, { description: "What the worker was asked to do; see the kind's contract." })
  @Column({ type: "jsonb" })
  input!: Record<string, unknown>;

  @Field(() => JSONObject, { nullable: true, description: "What came out; null until it succeeded." })
  @Column({ type: "jsonb", nullable: true })
  result!: Record<string, unknown> | null;

  @Field(() => JSONObject, { nullable: true, description: "Where another worker would resume." })
  @Column({ type: "jsonb", nullable: true })
  checkpoint!: Record<string, unknown> | null;

  /** The checkpoint's `sha256` while the job lives, kept by a trigger: so its bytes are not collected. */
  @Index({ where: `"checkpoint_sha256" is not null` })
  @Column({ type: "text", nullable: true })
  checkpointSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "checkpoint_sha256" })
  checkpointArtifact?: Artifact | null;

  @Field(() => Float, { description: "0 to 1." })
  @Column({ type: "double precision", default: 0 })
  progress!: number;

  @Field(() => String, { description: "What it is doing now." })
  @Column({ type: "text", default: "" })
  progressMessage!: string;

  @Field(() => Int, { description: "Times a worker has taken it." })
  @Column({ type: "int", default: 0 })
  attempts!: number;

  @Field(() => String, { nullable: true, description: "The worker that has or had it." })
  @Column({ type: "text", nullable: true })
  worker!: string | null;

  @Field(() => ComputeProvider, { nullable: true, description: "Where that worker computes; null: it did not say." })
  @Column({ type: "text", nullable: true })
  provider!: ComputeProvider | null;

  @Field(() => String, { nullable: true, description: "On what: the name of its GPU or CPU." })
  @Column({ type: "text", nullable: true })
  device!: string | null;

  @Column({ type: "uuid", nullable: true })
  leaseToken!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When somebody asked to stop it." })
  @Column({ type: "timestamptz", nullable: true })
  cancelRequestedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "Why it failed." })
  @Column({ type: "text", nullable: true })
  error!: string | null;

  @Field(() => String, { description: "The last lines of the worker's log." })
  @Column({ type: "text", default: "" })
  logTail!: string;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  finishedAt!: Date | null;
}
