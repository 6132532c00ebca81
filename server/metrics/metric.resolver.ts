import {
  Arg,
  Args,
  ArgsType,
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
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { MetricDirection, MetricSubject, Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { Change } from "../graphql/changes.ts";
import { pageKey } from "../graphql/child-pages.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { Policy } from "../policies/policy.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { MetricPoint, MetricSeries, ReferenceResult } from "./metric.entity.ts";
import {
  type BucketRow,
  bucketsBySeries,
  latestPointBySeries,
  metricSeriesById,
  pointsBySeries,
  seriesBySubject,
} from "./metric.loader.ts";

interface MetricsWatch {
  context: RequestContext;
  args: { subjectId: string };
}

const MetricSeriesConnection = connectionOf(MetricSeries, "MetricSeries");
const MetricPointConnection = connectionOf(MetricPoint, "MetricPoint");
const ReferenceResultConnection = connectionOf(ReferenceResult, "ReferenceResult");
const MAX_BUCKETS = 2000;

@ObjectType({ description: "A stretch of a series: every point is in exactly one bucket." })
class MetricBucket implements Omit<BucketRow, "seriesId"> {
  @Field(() => Int)
  fromStep!: number;
  @Field(() => Int)
  toStep!: number;
  @Field(() => Float)
  min!: number;
  @Field(() => Float)
  max!: number;
  @Field(() => Float)
  mean!: number;
  @Field(() => Int)
  count!: number;
}

@InputType()
class MetricPointInput {
  @Field(() => MetricSubject)
  subject!: MetricSubject;
  @Field(() => ID)
  subjectId!: string;
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { nullable: true, description: "What computed it. Another provenance is another series." })
  provenance?: Record<string, unknown>;
  @Field(() => Int, { nullable: true, description: "0 by default." })
  step?: number;
  @Field(() => Float)
  value!: number;
  @Field(() => Int, { nullable: true })
  n?: number | null;
  @Field(() => Float, { nullable: true })
  low?: number | null;
  @Field(() => Float, { nullable: true })
  high?: number | null;
  @Field(() => Float, { nullable: true, description: "What the finite number of samples adds to the value." })
  bias?: number | null;
}

@InputType()
class LogMetricsInput {
  @Field(() => [MetricPointInput], { description: "1 to 5,000 points." })
  points!: MetricPointInput[];
}

@InputType()
class ReferenceResultInput {
  @Field(() => String)
  table!: string;
  @Field(() => String)
  row!: string;
  @Field(() => String)
  column!: string;
  @Field(() => Float)
  value!: number;
}

@InputType()
class ImportReferenceResultsInput {
  @Field(() => String, { description: "The publication." })
  source!: string;
  @Field(() => [ReferenceResultInput])
  results!: ReferenceResultInput[];
}

@ObjectType()
class LoggedPayload {
  @Field(() => Int, { description: "Rows that were new." })
  inserted!: number;
}

@ArgsType()
class MetricsArgs extends PageArgs {
  @Field(() => String, { nullable: true })
  name?: string | null;
}

@ArgsType()
class ReferenceResultsArgs extends PageArgs {
  @Field(() => String, { nullable: true })
  table?: string | null;
}

@ArgsType()
class BucketsArgs {
  @Field(() => Int, { description: `1 to ${MAX_BUCKETS}.` })
  count!: number;
  @Field(() => Int, { nullable: true })
  fromStep?: number | null;
  @Field(() => Int, { nullable: true })
  toStep?: number | null;
}

@Resolver(() => MetricSeries)
export class MetricResolver {
  @Authorized(Role.VIEWER)
  @Query(() => MetricSeries, { nullable: true })
  metricSeries(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(metricSeriesById, parseId(id, "id"));
  }

  @Authorized(Role.MEMBER, Role.WORKER)
  @Mutation(() => LoggedPayload, { description: "Records up to 5,000 points; can be sent again." })
  async logMetrics(@Arg("input", () => LogMetricsInput) input: LogMetricsInput, @Ctx() { services }: RequestContext) {
    return { inserted: await services.metrics.log(input) };
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => MetricSeries, {
    description: "Each series of the subject that gets new points, from now on, five times a second at most.",
    subscribe: ({ args, context }: MetricsWatch) =>
      context.changes.watch({ topic: "metrics", parentId: parseId(args.subjectId, "subjectId") }),
  })
  metricsLogged(
    @Arg("subjectId", () => ID, { description: "An experiment, round, policy or reward model." }) _subjectId: string,
    @Root() change: Change,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.require(metricSeriesById, change.id, { what: "metric series" });
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => LoggedPayload, { description: "Records published numbers, read-only from then on." })
  async importReferenceResults(
    @Arg("input", () => ImportReferenceResultsInput) input: ImportReferenceResultsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { inserted: await services.referenceResults.import(input) };
  }

  @Authorized(Role.VIEWER)
  @Query(() => ReferenceResultConnection, { description: "Published numbers, by table." })
  referenceResults(@Args(() => ReferenceResultsArgs) args: ReferenceResultsArgs, @Ctx() { services }: RequestContext) {
    return services.referenceResults.list(args);
  }

  @FieldResolver(() => MetricPoint, { nullable: true, description: "The value at the largest step." })
  latest(@Root() series: MetricSeries, @Ctx() { loaders }: RequestContext) {
    return loaders.load(latestPointBySeries, series.id);
  }

  @FieldResolver(() => MetricPointConnection, { description: "Every point, by step." })
  points(@Root() series: MetricSeries, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(pointsBySeries, pageKey(series.id, args));
  }

  @FieldResolver(() => [MetricBucket], { description: "The series, or a part of it, in at most `count` buckets." })
  buckets(
    @Root() series: MetricSeries,
    @Args(() => BucketsArgs) args: BucketsArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    if (args.count < 1 || args.count > MAX_BUCKETS)
      throw new UserError("BAD_INPUT", `count is 1 to ${MAX_BUCKETS}, got ${args.count}.`, "count");
    return loaders.load(bucketsBySeries, `${series.id}:${args.count}:${args.fromStep ?? ""}:${args.toStep ?? ""}`);
  }
}

@Resolver(() => RewardModel)
export class RewardModelMetricsResolver {
  @FieldResolver(() => MetricSeriesConnection, { description: "Metrics about this model, such as its training loss." })
  metrics(@Root() model: RewardModel, @Args(() => MetricsArgs) args: MetricsArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(seriesBySubject, pageKey(model.id, args));
  }
}

@Resolver(() => Round)
export class RoundMetricsResolver {
  @FieldResolver(() => MetricSeriesConnection)
  metrics(@Root() round: Round, @Args(() => MetricsArgs) args: MetricsArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(seriesBySubject, pageKey(round.id, args));
  }
}

@Resolver(() => Experiment)
export class ExperimentMetricsResolver {
  @FieldResolver(() => MetricSeriesConnection)
  metrics(
    @Root() experiment: Experiment,
    @Args(() => MetricsArgs) args: MetricsArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(seriesBySubject, pageKey(experiment.id, args));
  }
}

@Resolver(() => Policy)
export class PolicyMetricsResolver {
  @FieldResolver(() => MetricSeriesConnection, {
    description: "Metrics about this generator, wherever it was sampled.",
  })
  metrics(@Root() policy: Policy, @Args(() => MetricsArgs) args: MetricsArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(seriesBySubject, pageKey(policy.id, args));
  }
}
