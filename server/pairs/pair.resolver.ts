import {
  Arg,
  Args,
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
import { pageKey } from "../graphql/child-pages.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { Prompt } from "../prompts/prompt.entity.ts";
import { promptById } from "../prompts/prompt.loader.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Sample } from "../samples/sample.entity.ts";
import { sampleById } from "../samples/sample.loader.ts";
import { Pair } from "./pair.entity.ts";
import { pairsByRewardModel } from "./pair.loader.ts";

const PairConnection = connectionOf(Pair, "Pair");

@InputType()
class BuildPairsInput {
  @Field(() => ID)
  rewardModelId!: string;
  @Field(() => Float, {
    nullable: true,
    description: "Leave out pairs whose rewards (of a VOTING model: votes) differ by less; 0 by default.",
  })
  minimumMargin?: number;
  @Field(() => String, { nullable: true, description: "Only prompts with this tag." })
  promptTag?: string | null;
}

@InputType()
class LoggedPairInput {
  @Field(() => Int, { description: "Of the prompt in its set." })
  promptPosition!: number;
  @Field(() => Int, { description: "k of the sample that was preferred." })
  chosenK!: number;
  @Field(() => Int, { description: "k of the other." })
  rejectedK!: number;
  @Field(() => Float, {
    nullable: true,
    description: "Share of people for the chosen one less that for the other, in (0, 1]; 1 by default.",
  })
  margin?: number;
}

@InputType()
class LogPairsInput {
  @Field(() => ID)
  rewardModelId!: string;
  @Field(() => [LoggedPairInput], { description: "At most 5,000, one of a prompt." })
  pairs!: LoggedPairInput[];
}

@ObjectType()
class BuildPairsPayload {
  @Field(() => RewardModel)
  rewardModel!: RewardModel;
  @Field(() => Int, { description: "Pairs that were new." })
  inserted!: number;
}

@Resolver(() => Pair)
export class PairResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => BuildPairsPayload, { description: "Best and worst of every prompt's K samples by one reward model." })
  buildPairs(@Arg("input", () => BuildPairsInput) input: BuildPairsInput, @Ctx() { services }: RequestContext) {
    return services.pairs.build(input);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => BuildPairsPayload, {
    description:
      "Records what people preferred elsewhere as pairs of source HUMAN. They export and train as the model's own do; repeating it adds only what is new.",
  })
  logPairs(@Arg("input", () => LogPairsInput) input: LogPairsInput, @Ctx() { services }: RequestContext) {
    return services.pairs.log(input);
  }

  @FieldResolver(() => Prompt)
  prompt(@Root() pair: Pair, @Ctx() { loaders }: RequestContext) {
    return loaders.load(promptById, pair.promptId);
  }

  @FieldResolver(() => Sample, { description: "x^h, the preferred one." })
  chosen(@Root() pair: Pair, @Ctx() { loaders }: RequestContext) {
    return loaders.load(sampleById, pair.chosenSampleId);
  }

  @FieldResolver(() => Sample, { description: "x^l." })
  rejected(@Root() pair: Pair, @Ctx() { loaders }: RequestContext) {
    return loaders.load(sampleById, pair.rejectedSampleId);
  }
}

@Resolver(() => RewardModel)
export class RewardModelPairsResolver {
  @FieldResolver(() => PairConnection, { description: "Largest margin first." })
  pairs(@Root() model: RewardModel, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(pairsByRewardModel, pageKey(model.id, args));
  }
}
