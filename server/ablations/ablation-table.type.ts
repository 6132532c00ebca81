import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { AblationAxis, MetricDirection, RewardModelStrategy, Verdict } from "../../shared/enums.ts";
import { JSONObject, SafeInt } from "../graphql/scalars.ts";

registerEnumType(AblationAxis, { name: "AblationAxis", description: "What rows of an ablation may differ in." });
@ObjectType({ description: "A column: one metric, computed in one way." })
class AblationColumn {
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject)
  provenance!: Record<string, unknown>;
}

@ObjectType({ description: "A metric of one cell." })
class AblationCellValue {
  @Field(() => ID)
  cellId!: string;
  @Field(() => SafeInt)
  seed!: number;
  @Field(() => Float)
  value!: number;
  @Field(() => Int, { nullable: true, description: "Observations behind the value, such as prompts." })
  n!: number | null;
  @Field(() => Float, { nullable: true, description: "Lower end of the cell's own 95% interval." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the cell's own 95% interval." })
  high!: number | null;
  @Field(() => Float, { nullable: true, description: "About what the finite number of samples adds to the value." })
  bias!: number | null;
}

@ObjectType({
  description: "A paired difference to the baseline row: row minus baseline, with Student's 95% interval.",
})
class AblationDifference {
  @Field(() => Int, { description: "Pairs: seeds or prompts." })
  n!: number;
  @Field(() => Float)
  mean!: number;
  @Field(() => Float, { nullable: true, description: "Null with one pair." })
  sd!: number | null;
  @Field(() => Float, { nullable: true, description: "Null with one pair." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Null with one pair." })
  high!: number | null;
  @Field(() => Verdict)
  verdict!: Verdict;
}

@ObjectType({ description: "Where a row and a column meet: mean and spread over the seeds." })
class AblationValue {
  @Field(() => String, { description: "The column's name." })
  metric!: string;
  @Field(() => Int, { description: "Seeds that have it." })
  n!: number;
  @Field(() => Float, { nullable: true })
  mean!: number | null;
  @Field(() => Float, { nullable: true, description: "Sample standard deviation over the seeds; null with one." })
  sd!: number | null;
  @Field(() => Float, {
    nullable: true,
    description:
      "Lower end of Student's 95% interval of the mean over the seeds: what other trainings on the same data would give.",
  })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Its upper end." })
  high!: number | null;
  @Field(() => Float, {
    nullable: true,
    description:
      "Mean over the seeds of what the finite number of picks adds to a Frechet distance, by bootstrap: about the same in rows of one size, so differences hardly have it. Null for other metrics.",
  })
  bias!: number | null;
  @Field(() => [AblationCellValue], { description: "In the order of the seeds." })
  cells!: AblationCellValue[];
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether no row has a better mean; says nothing of evidence. Null while cells are missing and in a table of one row.",
  })
  best!: boolean | null;
  @Field(() => AblationDifference, {
    nullable: true,
    description:
      "Paired by seed, so the verdict is that of a paired t test over the seeds: how sure it is for these prompts. Null for the baseline row.",
  })
  difference!: AblationDifference | null;
  @Field(() => AblationDifference, {
    nullable: true,
    description:
      "Paired by prompt, each prompt's outcomes averaged over the seeds (over prompts that offer the label in both rows, for accuracy): how sure it is for other prompts. Only of best-of-K accuracy and pick rate.",
  })
  differenceByPrompt!: AblationDifference | null;
}

@ObjectType({ description: "One combination of settings." })
class AblationRow {
  @Field(() => Int, { description: "From 0." })
  position!: number;
  @Field(() => String, { description: "What sets it apart, as the published tables write it: Naive, N=50, K=2." })
  label!: string;
  @Field(() => RewardModelStrategy)
  strategy!: RewardModelStrategy;
  @Field(() => String)
  encoder!: string;
  @Field(() => Int)
  n!: number;
  @Field(() => Int)
  k!: number;
  @Field(() => Float, { nullable: true })
  alpha!: number | null;
  @Field(() => Int, { nullable: true })
  m!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: "Best-of-K accuracy of picking at random; null where no label is wanted.",
  })
  chance!: number | null;
  @Field(() => Int, { description: "Cells that are recorded." })
  doneCount!: number;
  @Field(() => [AblationValue], { description: "In the order of the columns." })
  values!: AblationValue[];
}

@ObjectType({ description: "An ablation as a table: strategies in the paper's order, N and K rising." })
export class AblationTable {
  @Field(() => String, {
    nullable: true,
    description:
      "The published table of the same shape, a `table` of referenceResults: of table 4 the rows end in our row labels, of tables 7 and 8 the columns are our row labels. Null where other axes vary or several do.",
  })
  publishedTable!: string | null;
  @Field(() => [AblationAxis])
  variedAxes!: AblationAxis[];
  @Field(() => [SafeInt])
  seeds!: number[];
  @Field(() => Int, { description: "Position of the row that the others are compared to." })
  baseline!: number;
  @Field(() => [AblationColumn])
  columns!: AblationColumn[];
  @Field(() => [AblationRow])
  rows!: AblationRow[];
}
