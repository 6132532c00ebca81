import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime, SafeInt } from "../graphql/scalars.ts";
import { Prompt } from "../prompts/prompt.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";

/** One output of the round's policy for one prompt. */
@ObjectType({ simpleResolvers: true, description: "One output x_{p,k} of the round's policy for one prompt." })
@Entity("samples")
@Unique(["promptId", "roundId", "k"])
@Check("samples_k_check", `"k" >= 0`)
@Index("samples_by_place_idx", ["roundId", "promptPosition", "k", "id"])
export class Sample {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  roundId!: string;

  @ManyToOne(() => Round, { onDelete: "CASCADE" })
  @JoinColumn({ name: "round_id" })
  round?: Round;

  @Column({ type: "uuid" })
  promptId!: string;

  @ManyToOne(() => Prompt, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "prompt_id" })
  prompt?: Prompt;

  /** The prompt's position, copied so that a page in prompt order is one index range. */
  @Field(() => Int, { description: "The prompt's position in its set." })
  @Column({ type: "int" })
  promptPosition!: number;

  @Field(() => Int, { description: "Which of the K samples of its prompt, from 0." })
  @Column({ type: "int" })
  k!: number;

  @Field(() => SafeInt, { nullable: true, description: "The seed it was generated with, where known." })
  @Column({ type: "bigint", nullable: true })
  seed!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "What made it, where known; for evaluation, never seen by a reward model.",
  })
  @Column({ type: "text", nullable: true })
  label!: string | null;

  @Field(() => ID, { description: "Its bytes: /artifacts/<sha256>." })
  @Index()
  @Column({ type: "text" })
  artifactSha256!: string;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "artifact_sha256" })
  artifact?: Artifact;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

/** r(x) of one sample by one reward model (section 3.3). The rank is written by one statement when scoring completes. */
@ObjectType({ simpleResolvers: true, description: "r(x) of a sample by a reward model (paper, section 3.3)." })
@Entity("sample_scores")
@Check("sample_scores_score_check", `"score" between 0 and 1`)
@Check("sample_scores_votes_check", `"votes" between 0 and 1`)
@Index("sample_scores_by_score_idx", ["rewardModelId", "score", "sampleId"])
export class SampleScore {
  @PrimaryColumn({ type: "uuid" })
  rewardModelId!: string;

  @ManyToOne(() => RewardModel, { onDelete: "CASCADE" })
  @JoinColumn({ name: "reward_model_id" })
  rewardModel?: RewardModel;

  @Index()
  @PrimaryColumn({ type: "uuid" })
  sampleId!: string;

  @ManyToOne(() => Sample, { onDelete: "CASCADE" })
  @JoinColumn({ name: "sample_id" })
  sample?: Sample;

  @Field(() => Float, {
    description: "r(x) = sigma(logit), in (0, 1); of a VOTING model the mean of its snapshots' scores.",
  })
  @Column({ type: "double precision" })
  score!: number;

  @Field(() => Float)
  @Column({ type: "double precision" })
  logit!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Of a VOTING model: the mean over its snapshots of (K - rank) / (K - 1), the share of its prompt's other samples that it beats, in [0, 1]. Ranks and pairs go by it. Null for other strategies.",
  })
  @Column({ type: "double precision", nullable: true })
  votes!: number | null;

  @Field(() => Int, { nullable: true, description: "1 = best of its prompt's K; null until scoring has completed." })
  @Column({ type: "int", nullable: true })
  rank!: number | null;
}
