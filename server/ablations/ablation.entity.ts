/**
 * Words used here:
 * - row: one combination of settings (encoder, N, K, strategy, alpha, M), a line of the table.
 * - cell: a row with one seed: one model, judged. Cells are what is trained, recorded and resumed.
 * - base run: one training with snapshots. All strategies and all K of an encoder, N and seed are made of the same one.
 * - group: the cells of one base run; a job.
 * - judged prompts: those whose candidates the models choose among; frozen when the ablation is asked for, never trained on.
 */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { AblationCellState, RewardModelStrategy } from "../../shared/enums.ts";
import type { Hyperparameters } from "../../shared/jobs/train-reward-model.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime, JSONObject, SafeInt } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import type { Axes } from "./ablation-grid.ts";

registerEnumType(AblationCellState, {
  name: "AblationCellState",
  description: "PENDING until its worker recorded it; FAILED with its job, until runAblation is called again.",
});

/** Reward models of one round that differ in what is varied, each trained with several seeds and judged on the same prompts. */
@ObjectType({
  description: "An ablation of a round's reward model (paper, tables 4, 7 and 8). What was asked for never changes.",
})
@Entity("ablations")
@Unique(["roundId", "name"])
export class Ablation {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  roundId!: string;

  @ManyToOne(() => Round, { onDelete: "CASCADE" })
  @JoinColumn({ name: "round_id" })
  round?: Round;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Column({ type: "jsonb" })
  axes!: Axes;

  @Field(() => [SafeInt], { description: "Each row is trained once with each." })
  @Column({ type: "jsonb" })
  seeds!: number[];

  @Field(() => JSONObject, { description: "How every model is trained; the defaults filled in." })
  @Column({ type: "jsonb" })
  hyperparameters!: Hyperparameters;

  @Field(() => String, {
    nullable: true,
    description: "Only prompts with this tag are judged; null: any that no model trains on.",
  })
  @Column({ type: "text", nullable: true })
  promptTag!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Negatives and the pool are of prompts with this tag; null: of any.",
  })
  @Column({ type: "text", nullable: true })
  negativePromptTag!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The label that ought to be picked; null: no accuracy is measured.",
  })
  @Column({ type: "text", nullable: true })
  label!: string | null;

  @Field(() => Boolean, { description: "Whether the weights of the models are kept as artifacts." })
  @Column({ type: "boolean" })
  keepWeights!: boolean;

  /** Splits the prompts into trained and held-out ones, the same for all cells: the experiment's seed. */
  @Column({ type: "bigint" })
  splitSeed!: number;

  /** Positions of the judged prompts, rising. */
  @Column({ type: "int", array: true })
  judgedPositions!: number[];

  /** Of the round when it was asked for: a round that has changed since would mix two questions. */
  @Column({ type: "int" })
  sampleCount!: number;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

@ObjectType({ description: "One model of an ablation: a row's settings with one seed." })
@Entity("ablation_cells")
@Unique(["ablationId", "position"])
@Unique(["ablationId", "settings"])
@Check("ablation_cells_strategy_check", `"strategy" in ('NAIVE','AVERAGE','VOTING','BOOTSTRAP')`)
@Check("ablation_cells_state_check", `"state" in ('PENDING','DONE','FAILED')`)
@Check("ablation_cells_done_check", `("state" = 'DONE') = ("picks" is not null)`)
@Check("ablation_cells_bootstrap_check", `("strategy" = 'BOOTSTRAP') = ("alpha" is not null)`)
export class AblationCell {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  ablationId!: string;

  @ManyToOne(() => Ablation, { onDelete: "CASCADE" })
  @JoinColumn({ name: "ablation_id" })
  ablation?: Ablation;

  /** Row by row, and in a row seed by seed. */
  @Field(() => Int, { description: "Place in the table, from 0: row by row, in a row seed by seed." })
  @Column({ type: "int" })
  position!: number;

  @Field(() => String)
  @Column({ type: "text" })
  encoder!: string;

  @Field(() => RewardModelStrategy)
  @Column({ type: "text" })
  strategy!: RewardModelStrategy;

  @Field(() => Int, { description: "N: proxy items trained on." })
  @Column({ type: "int" })
  n!: number;

  @Field(() => Int, { description: "K: candidates of a prompt, those with k below it." })
  @Column({ type: "int" })
  k!: number;

  @Field(() => Float, { nullable: true, description: "Of BOOTSTRAP: alpha in y = exp(-alpha r)." })
  @Column({ type: "double precision", nullable: true })
  alpha!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Of BOOTSTRAP: M pseudo-labels of each kind; null: a tenth of the proxy items or of the pool.",
  })
  @Column({ type: "int", nullable: true })
  m!: number | null;

  /** All of these and the seed as text, for a unique key that sees null too. */
  @Column({ type: "text" })
  settings!: string;

  @Field(() => SafeInt)
  @Column({ type: "bigint" })
  seed!: number;

  @Field(() => AblationCellState)
  @Column({ type: "text", default: AblationCellState.PENDING })
  state!: AblationCellState;

  @Index()
  @Column({ type: "uuid", nullable: true })
  jobId!: string | null;

  @ManyToOne(() => Job, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "job_id" })
  job?: Job | null;

  @Index()
  @Column({ type: "text", nullable: true })
  weightsSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "weights_sha256" })
  weights?: Artifact | null;

  /** Which k was picked for each judged prompt, in their order: all outcomes follow from it, those measured later too. */
  @Column({ type: "int", array: true, nullable: true })
  picks!: number[] | null;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  recordedAt!: Date | null;
}
