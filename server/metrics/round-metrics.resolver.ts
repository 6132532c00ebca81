import { Ctx, Field, FieldResolver, Float, ID, Int, ObjectType, Resolver, Root, registerEnumType } from "type-graphql";
import { ChangeTest, MetricDirection, Verdict } from "../../shared/enums.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { roundMetricsByExperiment } from "./round-metrics.loader.ts";

registerEnumType(Verdict, {
  name: "Verdict",
  description:
    "What a 95% interval of a difference says, by the metric's direction: NO_EVIDENCE where it holds 0. Not corrected for the number of comparisons: of 20 without a difference one is expected to be called better or worse.",
});
registerEnumType(ChangeTest, {
  name: "ChangeTest",
  description:
    "PAIRED_BY_PROMPT: Student's interval of the prompts' differences, rounds having the same prompts and seeds. PAIRED_RESAMPLES: a bootstrap over prompts, both rounds in the same draws. INTERVALS: from both values' own intervals, as if independent. NONE: a value has no interval.",
});

@ObjectType({ description: "A metric of one round, at its largest number of samples." })
class RoundMetricValue {
  @Field(() => ID)
  roundId!: string;
  @Field(() => Int, { description: "t, from 1." })
  roundIndex!: number;
  @Field(() => Float)
  value!: number;
  @Field(() => Int, { nullable: true, description: "Observations behind the value." })
  n!: number | null;
  @Field(() => Float, { nullable: true, description: "Lower end of the 95% interval." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the 95% interval." })
  high!: number | null;
  @Field(() => Float, {
    nullable: true,
    description:
      "About what the finite number of samples adds to the value, in its units: of a Frechet distance. Rounds measured on equally many images share it. Null where it was not estimated.",
  })
  bias!: number | null;
}

@ObjectType({ description: "What became of a metric from one round to another." })
class RoundMetricChange {
  @Field(() => Int, { description: "t of the earlier round." })
  fromRound!: number;
  @Field(() => Int, { description: "t of the later round." })
  toRound!: number;
  @Field(() => Float, { description: "Later minus earlier." })
  difference!: number;
  @Field(() => Float, { nullable: true, description: "Lower end of the difference's 95% interval." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the difference's 95% interval." })
  high!: number | null;
  @Field(() => Int, { nullable: true, description: "Prompts compared, where they are paired." })
  n!: number | null;
  @Field(() => ChangeTest)
  test!: ChangeTest;
  @Field(() => Verdict)
  verdict!: Verdict;
}

@ObjectType({ description: "A metric, computed in one way, over the rounds of an experiment." })
class RoundMetric {
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed it, the same in all rounds." })
  provenance!: Record<string, unknown>;
  @Field(() => [RoundMetricValue], { description: "In order of t." })
  values!: RoundMetricValue[];
  @Field(() => [RoundMetricChange], {
    description: "Each round after the one before it; then the last after the first, where that is another pair.",
  })
  changes!: RoundMetricChange[];
}

@Resolver(() => Experiment)
export class ExperimentRoundMetricsResolver {
  @FieldResolver(() => [RoundMetric], {
    description: "Is round t + 1 better than round t? Every metric that rounds were measured by, by name.",
  })
  roundMetrics(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundMetricsByExperiment, experiment.id);
  }
}
