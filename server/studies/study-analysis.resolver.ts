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
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Study } from "./study.entity.ts";
import { armsByStudy } from "./study.loader.ts";
import { StudyAnalysis } from "./study-analysis.type.ts";
import { methodsParagraph } from "./study-methods.ts";

@InputType()
class RecordHumanPairsInput {
  @Field(() => ID)
  studyId!: string;
  @Field(() => ID, { description: "Beside whose pairs they stand; its round has the study's prompt set." })
  rewardModelId!: string;
  @Field(() => Float, {
    nullable: true,
    description: "Leave out pairs of which fewer agree, above 0.5; any majority by default.",
  })
  minimumShare?: number | null;
  @Field(() => Int, { nullable: true, description: "Leave out pairs with fewer decided votes; 1 by default." })
  minimumVotes?: number | null;
}

@ObjectType()
class RecordHumanPairsPayload {
  @Field(() => RewardModel)
  rewardModel!: RewardModel;
  @Field(() => Int, { description: "Pairs that were new." })
  inserted!: number;
}

@Resolver(() => Study)
export class StudyAnalysisResolver {
  @FieldResolver(() => StudyAnalysis, { description: "Live: computed from the votes there are now." })
  analysis(
    @Root() study: Study,
    @Arg("exclusions", () => Boolean, {
      defaultValue: true,
      description: "Whether to leave out what the plan leaves out.",
    })
    exclusions: boolean,
    @Ctx() { services }: RequestContext,
  ) {
    return services.studyAnalyses.analyse(study, exclusions);
  }

  @FieldResolver(() => String, {
    description: "A paragraph on methods and results for a paper, its numbers filled in.",
  })
  async methods(@Root() study: Study, @Ctx() { services, loaders }: RequestContext): Promise<string> {
    const arms = await loaders.load(armsByStudy, study.id);
    const analysis = await services.studyAnalyses.analyse(study, true);
    const prompts = await services.studyAnalyses.promptCount(study.id);
    return methodsParagraph(study, analysis, { arms: arms.map(({ name }) => name), prompts });
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RecordHumanPairsPayload, {
    description:
      "Makes (x^h, x^l) pairs of source HUMAN of what the study's majorities prefer, the plan's exclusions applied. They export and train as the model's own do; repeating it adds only what is new.",
  })
  recordHumanPairs(
    @Arg("input", () => RecordHumanPairsInput) input: RecordHumanPairsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.humanPairs.record(input);
  }
}
