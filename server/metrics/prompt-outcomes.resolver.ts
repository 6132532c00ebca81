import { Args, ArgsType, Ctx, Field, FieldResolver, Float, ID, Int, ObjectType, Resolver, Root } from "type-graphql";
import { MetricDirection } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { Round } from "../rounds/round.entity.ts";
import {
  outcomesKey,
  type PromptChange as PromptChangeRow,
  type PromptOutcome as PromptOutcomeRow,
  promptOutcomes,
} from "./prompt-outcomes.loader.ts";

const MAX_SHOWN = 50;

@ObjectType({ simpleResolvers: true, description: "What became of one prompt, by the means over its paired samples." })
class PromptChange implements PromptChangeRow {
  @Field(() => ID)
  promptId!: string;
  @Field(() => String)
  text!: string;
  @Field(() => Int, { description: "The prompt's position in its set." })
  position!: number;
  @Field(() => Int, { description: "Pairs of samples of the same k." })
  samples!: number;
  @Field(() => Int, { description: "k of the first pair, whose pictures are given." })
  k!: number;
  @Field(() => Float, { description: "Mean of the earlier round's values." })
  before!: number;
  @Field(() => Float, { description: "Mean of this round's values." })
  after!: number;
  @Field(() => Float, { description: "after - before, its sign turned so that above 0 is better." })
  gain!: number;
  @Field(() => ID, { description: "The earlier round's sample: /artifacts/<sha256>." })
  beforeSha256!: string;
  @Field(() => ID, { description: "This round's sample: /artifacts/<sha256>." })
  afterSha256!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "Prompts won and lost against another round by one metric, samples paired by prompt and k.",
})
class PromptOutcome implements PromptOutcomeRow {
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed it, the same in both rounds." })
  provenance!: Record<string, unknown>;
  @Field(() => Int, { description: "Prompts with values of a sample of the same k in both rounds." })
  prompts!: number;
  @Field(() => Int, { description: "Prompts whose mean got better." })
  wins!: number;
  @Field(() => Int, { description: "Prompts whose mean got worse." })
  losses!: number;
  @Field(() => Int, { description: "Prompts whose mean stayed exactly as it was." })
  ties!: number;
  @Field(() => Float, { nullable: true, description: "wins / (wins + losses), in [0, 1]; null where all are ties." })
  winRate!: number | null;
  @Field(() => Float, { nullable: true, description: "Lower end of the win rate's 95% interval (Wilson)." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the win rate's 95% interval." })
  high!: number | null;
  @Field(() => Float, { description: "Two-sided p of the exact sign test; 1 where all are ties." })
  p!: number;
  @Field(() => [PromptChange], { description: "Those that won most, the greatest gain first." })
  mostImproved!: PromptChangeRow[];
  @Field(() => [PromptChange], { description: "Those that lost most, the greatest loss first." })
  mostWorsened!: PromptChangeRow[];
}

@ArgsType()
class PromptOutcomesArgs {
  @Field(() => ID, { description: "The round to compare with, of any experiment with the same prompt set." })
  baselineId!: string;
  @Field(() => String, { nullable: true, description: "Only prompts with this tag." })
  promptTag?: string | null;
  @Field(() => Int, { defaultValue: 6, description: `Prompts given from either end, 1 to ${MAX_SHOWN}.` })
  first!: number;
}

@Resolver(() => Round)
export class RoundPromptOutcomesResolver {
  @FieldResolver(() => [PromptOutcome], {
    description:
      "Prompt by prompt against another round, by every metric that single samples of both have. Counted when asked for.",
  })
  promptOutcomes(
    @Root() round: Round,
    @Args(() => PromptOutcomesArgs) { baselineId, promptTag = null, first }: PromptOutcomesArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    if (first < 1 || first > MAX_SHOWN)
      throw new UserError("BAD_INPUT", `first is 1 to ${MAX_SHOWN}, got ${first}.`, "first");
    const baseline = parseId(baselineId, "baselineId");
    return loaders.load(promptOutcomes, outcomesKey({ roundId: round.id, baselineId: baseline, promptTag, first }));
  }
}
