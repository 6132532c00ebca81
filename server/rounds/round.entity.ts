import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { RoundAspect, RoundStatus } from "../../shared/enums.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { Change } from "../graphql/changes.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";
import { Policy } from "../policies/policy.entity.ts";

registerEnumType(RoundStatus, {
  name: "RoundStatus",
  description: "OPEN takes samples, models and pairs; COMPLETED does not.",
});

registerEnumType(RoundAspect, {
  name: "RoundAspect",
  description:
    "What of a round changed. WORK: its status, policies, reward models, pairs or jobs' states, and what came of them; SAMPLES: samples were logged; METRICS: metrics of it, or of its samples, were logged.",
});

/** Round t of an experiment: one pass of Algorithm 1's loop. */
@ObjectType({ description: "Round t of an experiment (Algorithm 1): sample, train R^t, score, select, post-train." })
@Entity("rounds")
@Unique(["experimentId", "index"])
@Check("rounds_index_check", `"index" >= 1`)
@Check("rounds_status_check", `"status" in ('OPEN','COMPLETED')`)
@Check("rounds_sample_count_check", `"sample_count" >= 0`)
export class Round {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  experimentId!: string;

  @ManyToOne(() => Experiment, { onDelete: "CASCADE" })
  @JoinColumn({ name: "experiment_id" })
  experiment?: Experiment;

  @Field(() => Int, { description: "t, from 1." })
  @Column({ type: "int" })
  index!: number;

  @Index()
  @Column({ type: "uuid" })
  policyInId!: string;

  @ManyToOne(() => Policy, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "policy_in_id" })
  policyIn?: Policy;

  @Index()
  @Column({ type: "uuid", nullable: true })
  policyOutId!: string | null;

  @ManyToOne(() => Policy, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "policy_out_id" })
  policyOut?: Policy | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: "How the lab drew the samples: seed, steps, guidance, scheduler, and with what. Null for logged ones.",
  })
  @Column({ type: "jsonb", nullable: true })
  sampling!: Record<string, unknown> | null;

  @Field(() => RoundStatus)
  @Column({ type: "text", default: RoundStatus.OPEN })
  status!: RoundStatus;

  /** Kept by the statement that inserts samples, so that no page counts a million rows. */
  @Field(() => Int, { description: "Samples logged." })
  @Column({ type: "int", default: 0 })
  sampleCount!: number;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

/** What is announced of a round where no trigger does it. */
export const roundChange = (id: string, experimentId: string, aspect: RoundAspect): Change => ({
  ...{ topic: "rounds", id, parentId: experimentId },
  aspect,
});
