import { Field, ID, Int, ObjectType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime } from "../graphql/scalars.ts";

/**
 * One training of the RPL: its snapshots in one safetensors file. The key names the data, the plan and the seed, so models of
 * several strategies, and of several rounds on the same data, are made of the same run.
 */
@ObjectType({ description: "One training of an RPL. Models of several strategies are made of the same run." })
@Entity("reward_training_runs")
@Check("reward_training_runs_key_check", `"key" ~ '^[0-9a-f]{64}$'`)
@Check("reward_training_runs_steps_check", `cardinality("snapshot_steps") > 0 and "trained_steps" > 0`)
export class RewardTrainingRun {
  @Field(() => ID, { description: "SHA-256 over plan, seed and features: equal keys, equal runs." })
  @PrimaryColumn({ type: "text" })
  key!: string;

  @Index()
  @Column({ type: "text", nullable: true })
  fileSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "file_sha256" })
  file?: Artifact;

  @Field(() => Int, { description: "Optimiser steps done; fewer than asked for when it stopped early." })
  @Column({ type: "int" })
  trainedSteps!: number;

  @Field(() => [Int], { description: "Steps whose weights are kept, in order." })
  @Column({ type: "int", array: true })
  snapshotSteps!: number[];

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}
