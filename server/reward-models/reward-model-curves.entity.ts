import { Field, Float, Int, ObjectType } from "type-graphql";
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { LOGIT_BIN_WIDTH, LOGIT_GRID } from "../../shared/statistics/logit-histogram.ts";
import { RewardModel } from "./reward-model.entity.ts";

@ObjectType({ description: "A point of a ROC curve: items of at least this logit are called proxy data." })
export class RocPoint {
  @Field(() => Float, {
    nullable: true,
    description: "A logit; null at the curve's start, where nothing is called so.",
  })
  threshold!: number | null;
  @Field(() => Float, { description: "Share of generated items called proxy data, in [0, 1]." })
  falsePositiveRate!: number;
  @Field(() => Float, { description: "Share of proxy items called proxy data, in [0, 1]." })
  truePositiveRate!: number;
}

@ObjectType({
  description: `How many items a model gave which logit. The grid is the same for all models: ${LOGIT_GRID.inner} bins of ${LOGIT_BIN_WIDTH} from ${LOGIT_GRID.from} to ${LOGIT_GRID.to}, and at either end one for all beyond. The reward is sigma(logit).`,
})
export class RewardHistogram {
  @Field(() => Int, { description: "Items." })
  n!: number;
  @Field(() => Float, { nullable: true, description: "Mean of the logits themselves; null without items." })
  meanLogit!: number | null;
  @Field(() => [Int], { description: `${LOGIT_GRID.bins} counts, from the lowest logits to the highest.` })
  counts!: number[];
}

@ObjectType({ description: "What a model says of what it was trained on (D_r) and of what it never saw." })
export class TrainingHistograms {
  @Field(() => RewardHistogram)
  trainProxy!: RewardHistogram;
  @Field(() => RewardHistogram)
  trainGenerated!: RewardHistogram;
  @Field(() => RewardHistogram)
  heldOutProxy!: RewardHistogram;
  @Field(() => RewardHistogram)
  heldOutGenerated!: RewardHistogram;
}

/** What only a reward model's own page draws: apart from the model, so that lists of models don't read it. */
@ObjectType({ description: "Curves of a reward model, recorded when its training and its scoring end." })
@Entity("reward_model_curves")
export class RewardModelCurves {
  @PrimaryColumn({ type: "uuid" })
  rewardModelId!: string;

  @ManyToOne(() => RewardModel, { onDelete: "CASCADE" })
  @JoinColumn({ name: "reward_model_id" })
  rewardModel?: RewardModel;

  @Field(() => [RocPoint], {
    nullable: true,
    description:
      "ROC curve of the held-out items' logits, 201 points at most; null for models from before it was kept.",
  })
  @Column({ type: "jsonb", nullable: true })
  roc!: RocPoint[] | null;

  @Field(() => TrainingHistograms, { nullable: true, description: "Null for models from before it was kept." })
  @Column({ type: "jsonb", nullable: true })
  training!: TrainingHistograms | null;

  @Field(() => RewardHistogram, {
    nullable: true,
    description: "Of all samples of the round, as of the last scoring; null until then.",
  })
  @Column({ type: "jsonb", nullable: true })
  samples!: RewardHistogram | null;
}
