import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { ChangeTest, ComparedKind, MetricDirection, Verdict } from "../../../shared/enums.ts";
import { JSONObject } from "../../graphql/scalars.ts";
import type { JudgedDifference } from "../round-metrics.ts";
import type { BasisDifference as BasisDifferenceRow } from "./comparability.ts";
import type { ComparedSetting as Setting, ComparedSubject as Subject } from "./comparison.service.ts";
import type { ComparedColumn, JudgedValue } from "./judged-columns.ts";
import type { ReportedValue as Reported, ReportedRow as Row } from "./reported-results.ts";

registerEnumType(ComparedKind, { name: "ComparedKind", description: "What can be compared with each other." });

@InputType()
export class ComparedSubjectInput {
  @Field(() => ComparedKind)
  kind!: ComparedKind;
  @Field(() => ID)
  id!: string;
}

@ObjectType({ simpleResolvers: true, description: "Something that is compared." })
class ComparedSubject implements Subject {
  @Field(() => ComparedKind)
  kind!: ComparedKind;
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true, description: "Where it belongs: a round's experiment, a model's round." })
  detail!: string | null;
  @Field(() => ID, { nullable: true, description: "Its experiment; null for a policy, which may be in several." })
  experimentId!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Something that two ways of computing a metric do not share." })
class BasisDifference implements BasisDifferenceRow {
  @Field(() => String, {
    description: "A path in the provenance, such as sha256 or reference.proxySet; or promptSet, or images (n).",
  })
  field!: string;
  @Field(() => String, { nullable: true, description: "What it is of this value; null: nothing." })
  value!: string | null;
  @Field(() => String, { nullable: true, description: "What it is of the others; null: nothing." })
  others!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "A difference to the baseline, and what it is evidence of." })
class ComparedDifference implements JudgedDifference {
  @Field(() => Float, { description: "This value minus the baseline's." })
  difference!: number;
  @Field(() => Float, { nullable: true, description: "Lower end of its 95% interval." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of its 95% interval." })
  high!: number | null;
  @Field(() => Int, { nullable: true, description: "Prompts compared, where they are paired." })
  n!: number | null;
  @Field(() => ChangeTest)
  test!: ChangeTest;
  @Field(() => Verdict)
  verdict!: Verdict;
}

@ObjectType({ simpleResolvers: true, description: "A metric of one subject." })
class ComparedValue implements JudgedValue {
  @Field(() => Float)
  value!: number;
  @Field(() => Float, { nullable: true, description: "Lower end of the 95% interval." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the 95% interval." })
  high!: number | null;
  @Field(() => Int, { nullable: true, description: "Observations behind the value." })
  n!: number | null;
  @Field(() => Float, { nullable: true, description: "About what the finite number of samples adds to the value." })
  bias!: number | null;
  @Field(() => ID, { nullable: true, description: "The round that was measured; null for a model's own numbers." })
  roundId!: string | null;
  @Field(() => Int, { nullable: true, description: "t of that round." })
  roundIndex!: number | null;
  @Field(() => String, { nullable: true, description: "Name of the experiment it was measured in." })
  experiment!: string | null;
  @Field(() => [BasisDifference], {
    description: "Why it can't be compared with the others of its metric: then it is no best and has no difference.",
  })
  incompatible!: BasisDifferenceRow[];
  @Field(() => Boolean, { description: "The best of two or more values that can be compared." })
  best!: boolean;
  @Field(() => Boolean, { description: "Not the best, but a test does not tell it from the best." })
  tied!: boolean;
  @Field(() => ComparedDifference, {
    nullable: true,
    description: "To the baseline; null for the baseline itself, and where either can't be compared.",
  })
  difference!: JudgedDifference | null;
}

@ObjectType({ simpleResolvers: true, description: "A metric of all subjects." })
class ComparedMetric implements ComparedColumn {
  @Field(() => String)
  name!: string;
  @Field(() => String, {
    description: "The name without what computed it, as published numbers have it: FID, CLIPScore.",
  })
  family!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed the values that can be compared." })
  provenance!: Record<string, unknown>;
  @Field(() => String, { nullable: true, description: "Name of the prompt set that these are of." })
  promptSet!: string | null;
  @Field(() => [BasisDifference], { description: "To the first metric of the same name, where this is another one." })
  distinction!: BasisDifferenceRow[];
  @Field(() => [ComparedValue], { nullable: "items", description: "In the order of the subjects; null: not measured." })
  values!: (JudgedValue | null)[];
}

@ObjectType({ simpleResolvers: true, description: "A setting of the subjects." })
class ComparedSetting implements Setting {
  @Field(() => String, { description: "Its name, or its path." })
  name!: string;
  @Field(() => [String], {
    nullable: "items",
    description: "In the order of the subjects; null: it has no such setting.",
  })
  values!: (string | null)[];
  @Field(() => Boolean, { description: "It is not the same for all." })
  differs!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "A published number; nothing was measured here." })
class ReportedValue implements Reported {
  @Field(() => String, { description: "The table's column." })
  column!: string;
  @Field(() => Float, { description: "As printed." })
  printed!: number;
  @Field(() => String, { description: "The family of metrics it is of." })
  metric!: string;
  @Field(() => Float, { description: "In the unit of that metric here: a share where a percentage is printed." })
  value!: number;
}

@ObjectType({ simpleResolvers: true, description: "A row of a published table, never ranked with what was measured." })
class ReportedRow implements Row {
  @Field(() => String, { description: "The publication." })
  source!: string;
  @Field(() => String)
  table!: string;
  @Field(() => String)
  row!: string;
  @Field(() => [ReportedValue])
  values!: Reported[];
}

@ObjectType({ simpleResolvers: true, description: "A published table that was imported." })
export class ReportedTable {
  @Field(() => String, { description: "The publication." })
  source!: string;
  @Field(() => String)
  name!: string;
  @Field(() => Int)
  valueCount!: number;
}

@ObjectType({ simpleResolvers: true, description: "Subjects side by side." })
export class Comparison {
  @Field(() => [ComparedSubject], { description: "Those that there are, in the order asked for." })
  subjects!: Subject[];
  @Field(() => [ID], { description: "Of subjects that there are not (any more)." })
  missing!: string[];
  @Field(() => ID, {
    nullable: true,
    description: "The subject that the others are compared with; the first by default.",
  })
  baselineId!: string | null;
  @Field(() => [ComparedMetric])
  metrics!: ComparedColumn[];
  @Field(() => [ComparedSetting])
  settings!: Setting[];
  @Field(() => [ReportedRow], { description: "Of the published tables that were asked for." })
  reported!: Row[];
}
