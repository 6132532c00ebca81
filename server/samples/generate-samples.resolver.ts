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
  Resolver,
  Root,
} from "type-graphql";
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { SafeInt } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import type { SampleToGenerate as SampleToGenerateRow } from "./generate-samples.service.ts";

@InputType()
class GenerateSamplesInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => String, { nullable: true, description: "Only for prompts with this tag; for all by default." })
  promptTag?: string | null;
  @Field(() => Int, { nullable: true, description: "First k; 0 by default." })
  kFrom?: number;
  @Field(() => Int, { nullable: true, description: "The k after the last; the experiment's K by default." })
  kTo?: number | null;
  @Field(() => Int, { nullable: true, description: "Integration steps, 1 to 1,000; the policy's own by default." })
  steps?: number | null;
  @Field(() => Float, {
    nullable: true,
    description: "Weight of classifier-free guidance, 1: none; the policy's own by default.",
  })
  guidance?: number | null;
  @Field(() => String, { nullable: true, description: "Where the policy has a choice; its own by default." })
  scheduler?: string | null;
  @Field(() => SafeInt, {
    nullable: true,
    description:
      "The experiment's by default. A sample's seed follows from this, its prompt and k, so rounds are paired by prompt and seed.",
  })
  seed?: number | null;
}

@ObjectType()
class GenerateSamplesPayload {
  roundId!: string;
  @Field(() => Job)
  job!: Job;
}

@ArgsType()
class SamplesToGenerateArgs {
  @Field(() => String, { nullable: true })
  promptTag?: string | null;
  @Field(() => Int)
  kFrom!: number;
  @Field(() => Int, { description: "The k after the last." })
  kTo!: number;
  @Field(() => SafeInt)
  seed!: number;
  @Field(() => Int, { nullable: true, description: "Leave out prompts before this position." })
  fromPosition?: number;
  @Field(() => Int, { description: "1 to 1,000." })
  first!: number;
}

@ObjectType({ simpleResolvers: true, description: "An image to draw." })
class SampleToGenerate implements SampleToGenerateRow {
  @Field(() => Int)
  promptPosition!: number;
  @Field(() => String)
  prompt!: string;
  @Field(() => Int)
  k!: number;
  @Field(() => SafeInt, { description: "0 to 2^32 - 1." })
  seed!: number;
}

@ObjectType({ description: "What a GENERATE_SAMPLES job has still to draw, for workers." })
class SamplesToGenerate {
  count!: () => Promise<number>;
  @Field(() => Int, { description: "Samples that are not logged yet, in all; counted only when asked for." })
  missing(): Promise<number> {
    return this.count();
  }
  @Field(() => [SampleToGenerate], { description: "The next of them, in order of prompt and k." })
  requests!: SampleToGenerate[];
}

@Resolver(() => Round)
export class RoundGenerationResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => GenerateSamplesPayload, {
    description:
      "Draws K samples a prompt with the round's policy on a worker. What is logged already is not drawn again; all samples of a round are drawn with one seed and one setting.",
  })
  generateSamples(
    @Arg("input", () => GenerateSamplesInput) input: GenerateSamplesInput,
    @Ctx() { services }: RequestContext,
  ): Promise<GenerateSamplesPayload> {
    return services.sampleGeneration.request(input);
  }

  @FieldResolver(() => SamplesToGenerate)
  samplesToGenerate(
    @Root() round: Round,
    @Args(() => SamplesToGenerateArgs) args: SamplesToGenerateArgs,
    @Ctx() { services }: RequestContext,
  ) {
    return services.sampleGeneration.next(round.id, args);
  }
}

@Resolver(() => GenerateSamplesPayload)
export class GenerateSamplesPayloadResolver {
  @FieldResolver(() => Round)
  round(@Root() payload: GenerateSamplesPayload, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundById, payload.roundId);
  }
}
