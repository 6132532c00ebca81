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
import { Job } from "../jobs/job.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import {
  correlationsKey,
  type RankCorrelation as RankCorrelationRow,
  rankCorrelations,
} from "./rank-correlation.loader.ts";
import {
  type RankSlices as RankSlicesRow,
  type RankValue as RankValueRow,
  rankSlicesByModel,
} from "./rank-slice.loader.ts";

@InputType()
class MeasureRoundInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => ID, {
    nullable: true,
    description: "A model that has ranked the samples: every metric of each of its ranks too, and of its selection.",
  })
  rewardModelId?: string | null;
  @Field(() => [String], {
    nullable: true,
    description:
      "FD(encoder), KID(encoder), FD-infinity(encoder), where the encoder may be a scorer that gives features; a scorer's metric such as CLIPScore or IP(nsfwjs-mobilenet-v2-mid), or one that was logged for samples; diversity(encoder), a sample's mean distance to the others of its prompt, by an encoder's features or by a scorer that compares two images, as diversity(lpips-alex); fidelity(encoder), 1 for a sample that would be found by its prompt among what the experiment's first round drew, else 0: of the second half of each prompt's samples, the first half of that round's being what they are compared with. By default FD and KID of the experiment's encoder, and IP.",
  })
  metrics?: string[] | null;
  @Field(() => [ID], {
    nullable: true,
    description:
      "Trained reward models, of this round or another, whose logit is recorded for every sample as reward(name): one judge for all rounds shows what a round's own model can't.",
  })
  judgeIds?: string[] | null;
  @Field(() => String, { nullable: true, description: "Only samples of prompts with this tag; all by default." })
  promptTag?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: "Resamples of an FD's 95% interval; 200 by default, 0: no interval.",
  })
  resamples?: number;
}

@ObjectType()
class MeasureRoundPayload {
  roundId!: string;
  @Field(() => Job)
  job!: Job;
}

@ObjectType({ description: "What the samples of a round are measured against: held-out proxy items, for workers." })
class MeasuringReference {
  @Field(() => ID)
  proxySetId!: string;
  @Field(() => String, { description: "SHA-256 over the images' hashes." })
  digest!: string;
  @Field(() => [ID], { description: "Artifacts, by hash." })
  images!: string[];
}

@ObjectType({ simpleResolvers: true, description: "A metric over the samples of one rank, one of each prompt." })
class RankValue implements RankValueRow {
  @Field(() => Int, { description: "1 = best of its prompt's K." })
  rank!: number;
  @Field(() => Float)
  value!: number;
  @Field(() => Float, { nullable: true, description: "Lower end of the 95% interval." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the 95% interval." })
  high!: number | null;
  @Field(() => Float, { nullable: true, description: "About what the finite number of samples adds to the value." })
  bias!: number | null;
  @Field(() => Int, { nullable: true, description: "Samples of that rank." })
  n!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "A metric of every rank across prompts (paper, Fig. 2)." })
class RankSlices implements RankSlicesRow {
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed it." })
  provenance!: Record<string, unknown>;
  @Field(() => [RankValue], { description: "From rank 1." })
  ranks!: RankValue[];
}

@ObjectType({
  simpleResolvers: true,
  description: "How a reward model's ranks go with a metric of single samples (Spearman).",
})
class RankCorrelation implements RankCorrelationRow {
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed the metric." })
  provenance!: Record<string, unknown>;
  @Field(() => Float, {
    nullable: true,
    description: "Mean over prompts of Spearman's rho of rank (1 = best) and value; null where no prompt has one.",
  })
  rho!: number | null;
  @Field(() => Float, { nullable: true, description: "Lower end of rho's 95% interval over prompts (Student's t)." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of rho's 95% interval over prompts." })
  high!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: "rho, its sign turned so that positive means: the model prefers what the metric calls better.",
  })
  agreement!: number | null;
  @Field(() => Int, { description: "Prompts with a rho." })
  prompts!: number;
  @Field(() => Int, { description: "Prompts without one, because all their values are equal." })
  constantPrompts!: number;
  @Field(() => Int, {
    description: "1: all prompts were looked at; p: every p-th, because the round has more than 200,000 samples.",
  })
  promptStep!: number;
  @Field(() => Float, { nullable: true, description: "rho of rank and the mean of that rank's samples." })
  rhoOfMeans!: number | null;
  @Field(() => Float, { nullable: true, description: "rhoOfMeans, turned as agreement." })
  agreementOfMeans!: number | null;
}

@Resolver(() => Round)
export class RoundMeasuresResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => MeasureRoundPayload, {
    description:
      "Measures the samples of a round on a worker: distances from the held-out proxy items, and metrics of single samples.",
  })
  measureRound(
    @Arg("input", () => MeasureRoundInput) input: MeasureRoundInput,
    @Ctx() { services }: RequestContext,
  ): Promise<MeasureRoundPayload> {
    return services.roundMeasures.request(input);
  }

  @FieldResolver(() => MeasuringReference)
  measuringReference(@Root() round: Round, @Ctx() { services }: RequestContext) {
    return services.roundMeasures.reference(round.id);
  }
}

@Resolver(() => MeasureRoundPayload)
export class MeasureRoundPayloadResolver {
  @FieldResolver(() => Round)
  round(@Root() payload: MeasureRoundPayload, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundById, payload.roundId);
  }
}

@Resolver(() => RewardModel)
export class RewardModelRanksResolver {
  @FieldResolver(() => [RankSlices], { description: "Every metric of every rank, as measureRound measured them last." })
  async rankSlices(
    @Root() model: RewardModel,
    @Arg("metrics", () => [String], { nullable: true, description: "All by default." }) metrics: string[] | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    const slices = await loaders.load(rankSlicesByModel, model.id);
    return metrics ? slices.filter(({ name }) => metrics.includes(name)) : slices;
  }

  @FieldResolver(() => [RankCorrelation], {
    description:
      "How the ranks go with every metric that the round's samples have, computed when asked for: over all prompts, or, beyond 200,000 samples, over every p-th (promptStep).",
  })
  rankCorrelations(
    @Root() model: RewardModel,
    @Arg("metrics", () => [String], { nullable: true, description: "All by default." }) metrics: string[] | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(rankCorrelations, correlationsKey(model.id, metrics ?? null));
  }
}
