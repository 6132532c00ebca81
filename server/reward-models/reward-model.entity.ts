import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { RewardModelState, RewardModelStrategy } from "../../shared/enums.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime, JSONObject, SafeInt } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { RewardTrainingRun } from "./training-run.entity.ts";

registerEnumType(RewardModelStrategy, {
  name: "RewardModelStrategy",
  description: "How the weights are made of a training run (paper, table 4).",
  valuesConfig: {
    NAIVE: { description: "The weights after a fixed number of steps." },
    AVERAGE: {
      description:
        "The mean of the weights at regular steps of the run, with batch normalisation's statistics estimated anew.",
    },
    VOTING: { description: "The weights at regular steps rank a prompt's samples; their Borda count decides." },
    BOOTSTRAP: {
      description:
        "Trained anew on D_r and what the NAIVE model finds among the round's other samples: the highest as pseudo-positives, the lowest as pseudo-negatives (section 3.1). The paper's choice.",
    },
  },
});
registerEnumType(RewardModelState, { name: "RewardModelState", description: "TRAINED models have weights." });

/** One bar of the reliability diagram. */
@ObjectType({ description: "Held-out items whose score lies in [from, to): a calibrated model's mean is their share." })
export class ReliabilityBin {
  @Field(() => Float)
  from!: number;
  @Field(() => Float, { description: "The last bin includes it." })
  to!: number;
  @Field(() => Int, { description: "Held-out items in the bin." })
  n!: number;
  @Field(() => Float, { nullable: true, description: "Mean score of the bin; null when it is empty." })
  meanScore!: number | null;
  @Field(() => Float, { nullable: true, description: "Share of proxy items in the bin; null when it is empty." })
  positiveShare!: number | null;
}

@ObjectType({ description: "What a BOOTSTRAP model's second stage was given (paper, section 3.1)." })
export class BootstrapRecord {
  @Field(() => Int, { description: "Samples of the pool, which the first stage scored." })
  pool!: number;
  @Field(() => Int, { description: "M: pseudo-positives, and as many pseudo-negatives." })
  m!: number;
}

/** R^t: a frozen encoder and the trained Reward Projection Layer on top (paper, table 6). */
@ObjectType({ description: "R^t: frozen encoder + Reward Projection Layer (paper, section 3.2 and table 6)." })
@Entity("reward_models")
@Index("reward_models_words_idx", { synchronize: false })
@Unique(["roundId", "name"])
@Check("reward_models_strategy_check", `"strategy" in ('NAIVE','AVERAGE','VOTING','BOOTSTRAP')`)
@Check("reward_models_state_check", `"state" in ('TRAINING','TRAINED','FAILED')`)
@Check("reward_models_steps_check", `"kept_step" between 1 and "trained_steps"`)
@Check("reward_models_auc_check", `"held_out_auc" between "held_out_auc_low" and "held_out_auc_high"`)
@Check("reward_models_trained_check", `"state" <> 'TRAINED' or "weights_sha256" is not null`)
export class RewardModel {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  roundId!: string;

  @ManyToOne(() => Round, { onDelete: "CASCADE" })
  @JoinColumn({ name: "round_id" })
  round?: Round;

  @Index()
  @Column({ type: "uuid", nullable: true })
  jobId!: string | null;

  @ManyToOne(() => Job, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "job_id" })
  job?: Job | null;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Field(() => RewardModelStrategy)
  @Column({ type: "text" })
  strategy!: RewardModelStrategy;

  @Field(() => RewardModelState)
  @Column({ type: "text", default: RewardModelState.TRAINING })
  state!: RewardModelState;

  @Field(() => String)
  @Column({ type: "text" })
  encoder!: string;

  @Field(() => JSONObject, { description: "Steps, batch size, learning rate, ...; the defaults filled in." })
  @Column({ type: "jsonb" })
  hyperparameters!: Record<string, unknown>;

  @Field(() => SafeInt)
  @Column({ type: "bigint" })
  seed!: number;

  @Index()
  @Column({ type: "text", nullable: true })
  weightsSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "weights_sha256" })
  weights?: Artifact | null;

  @Index()
  @Column({ type: "text", nullable: true })
  onnxSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "onnx_sha256" })
  onnx?: Artifact | null;

  @Index()
  @Column({ type: "text", nullable: true })
  imageOnnxSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "image_onnx_sha256" })
  imageOnnx?: Artifact | null;

  /** Of a BOOTSTRAP model the run of its first stage. */
  @Index()
  @Column({ type: "text", nullable: true })
  runKey!: string | null;

  @ManyToOne(() => RewardTrainingRun, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "run_key" })
  run?: RewardTrainingRun | null;

  @Field(() => BootstrapRecord, { nullable: true, description: "Null for the other strategies." })
  @Column({ type: "jsonb", nullable: true })
  bootstrap!: BootstrapRecord | null;

  @Field(() => Int, {
    nullable: true,
    description: "Optimiser steps done; fewer than asked for when it stopped early.",
  })
  @Column({ type: "int", nullable: true })
  trainedSteps!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Step whose weights were kept: the last, or with early stopping that of the lowest held-out loss. Then the held-out numbers are of data that chose the step, so slightly flattering.",
  })
  @Column({ type: "int", nullable: true })
  keptStep!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Area under the ROC curve, held-out proxy against held-out generated.",
  })
  @Column({ type: "double precision", nullable: true })
  heldOutAuc!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Lower end of the AUC's 95% interval (Hanley and McNeil 1982); null for models from before it was kept.",
  })
  @Column({ type: "double precision", nullable: true })
  heldOutAucLow!: number | null;

  @Field(() => Float, { nullable: true, description: "Upper end of the AUC's 95% interval." })
  @Column({ type: "double precision", nullable: true })
  heldOutAucHigh!: number | null;

  @Field(() => Float, { nullable: true, description: "Share of held-out items on the right side of 0.5." })
  @Column({ type: "double precision", nullable: true })
  heldOutAccuracy!: number | null;

  @Field(() => Float, { nullable: true, description: "Expected calibration error on held-out items, 15 bins." })
  @Column({ type: "double precision", nullable: true })
  heldOutEce!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Brier score on held-out items: mean squared distance of score and label (1 proxy, 0 generated), in [0, 1].",
  })
  @Column({ type: "double precision", nullable: true })
  heldOutBrier!: number | null;

  @Field(() => [ReliabilityBin], {
    nullable: true,
    description: "Reliability diagram of the held-out items, 15 bins; null for models from before it was kept.",
  })
  @Column({ type: "jsonb", nullable: true })
  reliability!: ReliabilityBin[] | null;

  @Field(() => Int, { nullable: true, description: "Held-out items, proxy and generated." })
  @Column({ type: "int", nullable: true })
  heldOutCount!: number | null;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}
