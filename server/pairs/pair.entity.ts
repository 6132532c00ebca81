import { Field, Float, ID, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { PairSource } from "../../shared/enums.ts";
import { DateTime } from "../graphql/scalars.ts";
import { Prompt } from "../prompts/prompt.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { Sample } from "../samples/sample.entity.ts";

registerEnumType(PairSource, { name: "PairSource", description: "Who preferred the chosen sample." });

/** (x^h, x^l) of one prompt: the best and the worst of its K samples (section 3.3). */
@ObjectType({ description: "Best and worst of a prompt's K samples, (x^h, x^l) (paper, section 3.3)." })
@Entity("pairs")
@Unique(["rewardModelId", "promptId", "source"])
@Index("pairs_by_margin_idx", ["rewardModelId", "margin", "id"])
@Check("pairs_distinct_check", `"chosen_sample_id" <> "rejected_sample_id"`)
@Check("pairs_source_check", `"source" in ('REWARD_MODEL','HUMAN')`)
export class Pair {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Index()
  @Column({ type: "uuid" })
  roundId!: string;

  @ManyToOne(() => Round, { onDelete: "CASCADE" })
  @JoinColumn({ name: "round_id" })
  round?: Round;

  @Column({ type: "uuid" })
  rewardModelId!: string;

  @ManyToOne(() => RewardModel, { onDelete: "CASCADE" })
  @JoinColumn({ name: "reward_model_id" })
  rewardModel?: RewardModel;

  @Index()
  @Column({ type: "uuid" })
  promptId!: string;

  @ManyToOne(() => Prompt, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "prompt_id" })
  prompt?: Prompt;

  @Index()
  @Column({ type: "uuid" })
  chosenSampleId!: string;

  @ManyToOne(() => Sample, { onDelete: "CASCADE" })
  @JoinColumn({ name: "chosen_sample_id" })
  chosen?: Sample;

  @Index()
  @Column({ type: "uuid" })
  rejectedSampleId!: string;

  @ManyToOne(() => Sample, { onDelete: "CASCADE" })
  @JoinColumn({ name: "rejected_sample_id" })
  rejected?: Sample;

  @Field(() => Float, { description: "r(x^h) - r(x^l), of a VOTING model the difference of their votes; in (0, 1]." })
  @Column({ type: "double precision" })
  margin!: number;

  @Field(() => PairSource)
  @Column({ type: "text", default: PairSource.REWARD_MODEL })
  source!: PairSource;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}
