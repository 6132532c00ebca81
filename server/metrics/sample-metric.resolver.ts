import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from "type-graphql";
import { MetricDirection, Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { Round } from "../rounds/round.entity.ts";
import { Sample } from "../samples/sample.entity.ts";
import { SampleMetricSeries } from "./sample-metric.entity.ts";
import { metricsBySample, type SampleMetric as SampleMetricRow, sampleSeriesByRound } from "./sample-metric.loader.ts";

@ObjectType({ simpleResolvers: true, description: "A metric of one sample, such as its CLIPScore." })
class SampleMetric implements Omit<SampleMetricRow, "sampleId"> {
  @Field(() => ID, { description: "Of the round's sampleMetrics, the one that the value belongs to." })
  seriesId!: string;
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed it." })
  provenance!: Record<string, unknown>;
  @Field(() => Float)
  value!: number;
}

@InputType()
class SampleMetricInput {
  @Field(() => ID)
  sampleId!: string;
  @Field(() => Float)
  value!: number;
}

@InputType()
class LogSampleMetricsInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => String, { description: "The metric, such as CLIPScore or VBench." })
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { nullable: true, description: "What computed it. Another provenance is another series." })
  provenance?: Record<string, unknown>;
  @Field(() => [SampleMetricInput], { description: "1 to 5,000 values; zeros and ones alone make a share." })
  values!: SampleMetricInput[];
}

@ObjectType()
class LogSampleMetricsPayload {
  @Field(() => Int, { description: "Values that were new." })
  inserted!: number;
}

@Resolver(() => Sample)
export class SampleMetricsResolver {
  @Authorized(Role.MEMBER, Role.WORKER)
  @Mutation(() => LogSampleMetricsPayload, {
    description: "Records a metric of up to 5,000 samples of a round, by whatever computed it; can be sent again.",
  })
  async logSampleMetrics(
    @Arg("input", () => LogSampleMetricsInput) input: LogSampleMetricsInput,
    @Ctx() { services }: RequestContext,
  ): Promise<LogSampleMetricsPayload> {
    return { inserted: await services.sampleMetrics.log(input) };
  }

  @FieldResolver(() => [SampleMetric], { description: "Metrics of this sample alone, by name." })
  async metrics(
    @Root() sample: Sample,
    @Arg("names", () => [String], { nullable: true, description: "All by default." }) names: string[] | null,
    @Ctx() { loaders }: RequestContext,
  ): Promise<SampleMetric[]> {
    const metrics = await loaders.load(metricsBySample, sample.id);
    return names ? metrics.filter(({ name }) => names.includes(name)) : metrics;
  }
}

@Resolver(() => Round)
export class RoundSampleMetricsResolver {
  @FieldResolver(() => [SampleMetricSeries], { description: "Metrics that single samples of the round have, by name." })
  sampleMetrics(@Root() round: Round, @Ctx() { loaders }: RequestContext) {
    return loaders.load(sampleSeriesByRound, round.id);
  }
}
