import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { ExperimentSetting, ExperimentStatus, PostTrainingMethod } from "../../shared/enums.ts";
import { DateTime, SafeInt } from "../graphql/scalars.ts";
import { Policy } from "../policies/policy.entity.ts";
import { PromptSet } from "../prompts/prompt.entity.ts";
import { ProxySet } from "../proxy-data/proxy-set.entity.ts";

registerEnumType(ExperimentSetting, { name: "ExperimentSetting", description: "The paper's settings (section 4.1)." });
registerEnumType(ExperimentStatus, {
  name: "ExperimentStatus",
  description: "DRAFT can be edited; from its first round on the configuration is frozen.",
});
registerEnumType(PostTrainingMethod, {
  name: "PostTrainingMethod",
  description: "How G^t becomes G^(t+1) (section 3.3).",
});

/** One question asked of the method. Its configuration is frozen by a trigger once it runs; a change is a fork. */
@ObjectType({
  description: "One question asked of the method: what is wanted (proxy set), of whom (policy), on which prompts.",
})
@Entity("experiments")
@Index("experiments_words_idx", { synchronize: false })
@Unique(["name"])
@Check("experiments_k_check", `"k" between 2 and 1000`)
@Check("experiments_planned_rounds_check", `"planned_rounds" between 1 and 100`)
@Check("experiments_setting_check", `"setting" in ('IMAGE_QUALITY','SAFETY','VIDEO')`)
@Check("experiments_status_check", `"status" in ('DRAFT','RUNNING','COMPLETED')`)
@Check("experiments_post_training_check", `"post_training" in ('NONE','SFT','DPO')`)
export class Experiment {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Field(() => String, { description: "The question, in words." })
  @Column({ type: "text", default: "" })
  description!: string;

  @Field(() => ExperimentSetting)
  @Column({ type: "text", default: ExperimentSetting.IMAGE_QUALITY })
  setting!: ExperimentSetting;

  @Field(() => ExperimentStatus)
  @Column({ type: "text", default: ExperimentStatus.DRAFT })
  status!: ExperimentStatus;

  @Index()
  @Column({ type: "uuid" })
  basePolicyId!: string;

  @ManyToOne(() => Policy, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "base_policy_id" })
  basePolicy?: Policy;

  @Index()
  @Column({ type: "uuid" })
  promptSetId!: string;

  @ManyToOne(() => PromptSet, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "prompt_set_id" })
  promptSet?: PromptSet;

  @Index()
  @Column({ type: "uuid" })
  proxySetId!: string;

  @ManyToOne(() => ProxySet, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "proxy_set_id" })
  proxySet?: ProxySet;

  @Field(() => String, { description: "Frozen image encoder under the RPL, such as mobilenet-v2-mid or clip-vit-b32." })
  @Column({ type: "text" })
  encoder!: string;

  @Field(() => Int, { description: "Samples per prompt, K." })
  @Column({ type: "int" })
  k!: number;

  @Field(() => Int, { description: "Rounds planned, T." })
  @Column({ type: "int", default: 1 })
  plannedRounds!: number;

  @Field(() => PostTrainingMethod)
  @Column({ type: "text", default: PostTrainingMethod.NONE })
  postTraining!: PostTrainingMethod;

  @Field(() => SafeInt, { description: "Every random choice of the experiment derives from it." })
  @Column({ type: "bigint", default: 0 })
  seed!: number;

  @Index()
  @Column({ type: "uuid", nullable: true })
  forkedFromId!: string | null;

  @ManyToOne(() => Experiment, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "forked_from_id" })
  forkedFrom?: Experiment | null;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}
