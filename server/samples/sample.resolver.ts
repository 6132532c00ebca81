import type { GraphQLResolveInfo } from "graphql";
import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  Float,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from "type-graphql";
import { Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { artifactBySha256 } from "../artifacts/artifact.loader.ts";
import { connectionOf, marksOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { SafeInt } from "../graphql/scalars.ts";
import { type ReadAhead, type Selected, selectedFields } from "../graphql/selection.ts";
import { Job } from "../jobs/job.entity.ts";
import { Prompt } from "../prompts/prompt.entity.ts";
import { promptById } from "../prompts/prompt.loader.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import { bestOfKByLabel, labelsKey, rewardSummaryByModel } from "./best-of-k.loader.ts";
import {
  type PromptRowData,
  promptRowPages,
  promptRowsKey,
  type ScoredSample,
  samplesByRoundAndPrompt,
  type WantedSamples,
} from "./prompt-row.loader.ts";
import { RewardFilter } from "./reward-filter.ts";
import { Sample, SampleScore } from "./sample.entity.ts";
import { sampleById, scoreByModelAndSample } from "./sample.loader.ts";

enum SampleOrder {
  PLACE = "PLACE",
  REWARD = "REWARD",
  REWARD_ASCENDING = "REWARD_ASCENDING",
  DISAGREEMENT = "DISAGREEMENT",
}
registerEnumType(SampleOrder, {
  name: "SampleOrder",
  description:
    "PLACE: by prompt and k. REWARD: best first by one reward model. REWARD_ASCENDING: worst first. DISAGREEMENT: where the rewards of two models, |r(x) - r'(x)|, differ most.",
});

const SampleConnection = connectionOf(Sample, "Sample");
export const SampleMarksResolver = marksOf(SampleConnection);

@ObjectType({ simpleResolvers: true, description: "A prompt with its K samples of one round." })
class PromptRow implements PromptRowData {
  @Field(() => Prompt)
  prompt!: Prompt;
  @Field(() => [Sample], { description: "In order of k." })
  samples!: Sample[];
}
const PromptRowConnection = connectionOf(PromptRow, "PromptRow");
export const PromptRowMarksResolver = marksOf(PromptRowConnection);

@ArgsType()
class SamplesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "The model to order by, for all orders but PLACE." })
  rewardModelId?: string | null;
  @Field(() => ID, { nullable: true, description: "The second model, for the order DISAGREEMENT." })
  otherRewardModelId?: string | null;
  @Field(() => SampleOrder, { nullable: true, description: "PLACE by default." })
  orderBy?: SampleOrder | null;
  @Field(() => String, { nullable: true })
  promptTag?: string | null;
  @Field(() => String, { nullable: true, description: "Part of the prompt's text." })
  search?: string | null;
  @Field(() => RewardFilter, { nullable: true, description: "Only samples of which a model says this." })
  rewards?: RewardFilter | null;
}

@ArgsType()
class PromptRowsArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: "Part of the prompt's text." })
  search?: string | null;
  @Field(() => String, { nullable: true })
  promptTag?: string | null;
  @Field(() => RewardFilter, {
    nullable: true,
    description: "Only prompts that have a sample of which a model says this; they come with all their samples.",
  })
  rewards?: RewardFilter | null;
}

@InputType()
class SampleInput {
  @Field(() => Int, { description: "The prompt's position in the experiment's prompt set." })
  promptPosition!: number;
  @Field(() => Int, { description: "0 to K - 1." })
  k!: number;
  @Field(() => SafeInt, { nullable: true })
  seed?: number | null;
  @Field(() => String, { nullable: true, description: "For evaluation only." })
  label?: string | null;
  @Field(() => ID, { description: "An uploaded image." })
  artifactSha256!: string;
}

@InputType()
class LogSamplesInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => [SampleInput], { description: "1 to 5,000 rows; rows that are there already are left alone." })
  samples!: SampleInput[];
}

@ObjectType()
class LogSamplesPayload {
  roundId!: string;
  @Field(() => Int, { description: "Rows that were new." })
  inserted!: number;
}

@InputType()
class ScoreInput {
  @Field(() => ID)
  sampleId!: string;
  @Field(() => Float)
  logit!: number;
  @Field(() => Float, { description: "In [0, 1]." })
  score!: number;
  @Field(() => Float, { nullable: true, description: "Of a VOTING model, in [0, 1]; ranks then go by it." })
  votes?: number | null;
}

@InputType()
class LogScoresInput {
  @Field(() => ID)
  rewardModelId!: string;
  @Field(() => [ScoreInput], { description: "1 to 5,000 rows." })
  scores!: ScoreInput[];
}

@ObjectType()
class LogScoresPayload {
  @Field(() => Int, { description: "Rows that were new." })
  inserted!: number;
}

@ObjectType()
class ScoreSamplesPayload {
  @Field(() => RewardModel)
  rewardModel!: RewardModel;
  @Field(() => Job)
  job!: Job;
}

@ObjectType({ description: "How often the best-ranked sample is the labelled one, with Wilson's 95% interval." })
class BestOfKResult {
  @Field(() => Int, { description: "Prompts that have the label among their samples." })
  prompts!: number;
  @Field(() => Int)
  wins!: number;
  @Field(() => Float)
  accuracy!: number;
  @Field(() => Float)
  low!: number;
  @Field(() => Float)
  high!: number;
  @Field(() => Float, { description: "What picking at random would give." })
  chance!: number;
}

@ObjectType({ description: "Best-of-K for one label." })
class LabelBestOfK extends BestOfKResult {
  @Field(() => String)
  label!: string;
}

@ObjectType({ description: "Rewards of the round's samples by this model, counted by prompt." })
class RewardSummary {
  @Field(() => Int)
  samples!: number;
  @Field(() => Int)
  prompts!: number;
  @Field(() => Float, { description: "Mean over prompts of their samples' mean reward." })
  mean!: number;
  @Field(() => Float, { nullable: true, description: "Lower end of the mean's 95% interval; null with one prompt." })
  low!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper end of the mean's 95% interval; null with one prompt." })
  high!: number | null;
  @Field(() => Float, { description: "Mean over prompts of their best sample's reward." })
  bestMean!: number;
}

@Resolver(() => Sample)
export class SampleResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Sample, { nullable: true })
  sample(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(sampleById, parseId(id, "id"));
  }

  @Authorized(Role.MEMBER, Role.WORKER)
  @Mutation(() => LogSamplesPayload, { description: "Adds up to 5,000 samples to a round; can be sent again." })
  async logSamples(@Arg("input", () => LogSamplesInput) input: LogSamplesInput, @Ctx() { services }: RequestContext) {
    return { roundId: input.roundId, inserted: await services.samples.log(input) };
  }

  @FieldResolver(() => Prompt)
  prompt(@Root() sample: Sample, @Ctx() { loaders }: RequestContext) {
    return loaders.load(promptById, sample.promptId);
  }

  @FieldResolver(() => Artifact)
  artifact(@Root() sample: Sample, @Ctx() { loaders }: RequestContext) {
    return loaders.load(artifactBySha256, sample.artifactSha256);
  }

  @FieldResolver(() => String, { description: "Path of its thumbnail (WebP), 160 or 640 pixels at most." })
  thumbnailUrl(@Root() sample: Sample, @Arg("size", () => Int, { defaultValue: 160 }) size: number): string {
    return `/artifacts/${sample.artifactSha256}/thumbnail/${size}`;
  }

  @FieldResolver(() => Int, {
    description: "1: a still image. More: a clip, played from /artifacts/<sha256>/frames/160.",
  })
  frames(@Root() sample: Sample | ScoredSample, @Ctx() { loaders }: RequestContext): number | Promise<number> {
    if ("frames" in sample) return sample.frames ?? 1;
    return loaders.load(artifactBySha256, sample.artifactSha256).then((artifact) => artifact?.frames ?? 1);
  }

  @FieldResolver(() => SampleScore, { nullable: true, description: "Null when that model has not scored it." })
  score(
    @Root() sample: Sample | ScoredSample,
    @Arg("rewardModelId", () => ID) rewardModelId: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    if ("rewardModelId" in sample && sample.rewardModelId === rewardModelId)
      return sample.score === null ? null : sample;
    return loaders.load(scoreByModelAndSample, `${rewardModelId}:${sample.id}`);
  }
}

@Resolver(() => LogSamplesPayload)
export class LogSamplesPayloadResolver {
  @FieldResolver(() => Round)
  round(@Root() payload: LogSamplesPayload, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundById, payload.roundId);
  }
}

const promptRowsAhead: ReadAhead = async (roundId, field, { loaders }) => {
  const key = promptRowsKey(roundId, { ...field.args, samples: wantedSamples(field) });
  const { nodes } = await loaders.load(promptRowPages, key);
  return nodes.length > 0; // of prompts that have samples in the round
};

/** What of samples a page of prompts is asked for. Scores of a second model are left to their own loader. */
function wantedSamples(promptRows: Selected): WantedSamples | null {
  const samples = [
    ...selectedFields(promptRows, "nodes", "samples"),
    ...selectedFields(promptRows, "edges", "node", "samples"),
  ];
  if (samples.length === 0) return null;
  const below = (name: string) => samples.flatMap((field) => selectedFields(field, name));
  const [scored] = below("score");
  return {
    createdAt: below("createdAt").length > 0,
    frames: below("frames").length > 0,
    rewardModelId: scored ? parseId(String(scored.args.rewardModelId), "rewardModelId") : null,
  };
}

@Resolver(() => Round)
export class RoundSamplesResolver {
  @FieldResolver(() => SampleConnection)
  samples(@Root() round: Round, @Args(() => SamplesArgs) args: SamplesArgs, @Ctx() { services }: RequestContext) {
    return services.samples.list(round, args);
  }

  @Extensions({ readAhead: promptRowsAhead })
  @FieldResolver(() => PromptRowConnection, {
    description: "Prompts with their K samples, in order of the prompt set.",
  })
  promptRows(
    @Root() round: Round,
    @Args(() => PromptRowsArgs) args: PromptRowsArgs,
    @Ctx() { loaders }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return loaders.load(promptRowPages, promptRowsKey(round.id, { ...args, samples: wantedSamples(info) }));
  }

  @FieldResolver(() => PromptRow, {
    nullable: true,
    description: "One prompt with its samples of this round; null where it has none.",
  })
  async promptRow(
    @Root() round: Round,
    @Arg("promptId", () => ID) promptId: string,
    @Ctx() { loaders }: RequestContext,
  ): Promise<PromptRowData | null> {
    const id = parseId(promptId, "promptId");
    const [prompt, samples] = await Promise.all([
      loaders.load(promptById, id),
      loaders.load(samplesByRoundAndPrompt, `${round.id}:${id}`),
    ]);
    return prompt && samples.length > 0 ? { prompt, samples } : null;
  }
}

@Resolver(() => RewardModel)
export class RewardModelScoresResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => ScoreSamplesPayload, {
    description: "Scores all samples of the model's round on a worker, then ranks them.",
  })
  scoreSamples(@Arg("rewardModelId", () => ID) rewardModelId: string, @Ctx() { services }: RequestContext) {
    return services.sampleScores.requestScores(rewardModelId);
  }

  @Authorized(Role.WORKER, Role.MEMBER)
  @Mutation(() => LogScoresPayload, { description: "Stores up to 5,000 scores; can be sent again." })
  async logScores(@Arg("input", () => LogScoresInput) input: LogScoresInput, @Ctx() { services }: RequestContext) {
    return { inserted: await services.sampleScores.log(input) };
  }

  @FieldResolver(() => BestOfKResult, {
    nullable: true,
    description: "Best-of-K accuracy against a label; null until ranked.",
  })
  bestOfK(
    @Root() model: RewardModel,
    @Arg("label", () => String) label: string,
    @Arg("promptTag", () => String, { nullable: true }) promptTag: string | null,
    @Ctx() { services }: RequestContext,
  ) {
    return services.sampleScores.bestOfK(model.id, label, promptTag);
  }

  @FieldResolver(() => [LabelBestOfK], {
    description: "Best-of-K for the labels of the samples, the most picked first, 20 at most.",
  })
  bestOfKByLabel(
    @Root() model: RewardModel,
    @Arg("promptTag", () => String, { nullable: true }) promptTag: string | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(bestOfKByLabel, labelsKey(model.id, promptTag ?? null));
  }

  @FieldResolver(() => RewardSummary, { nullable: true, description: "Null until samples are scored." })
  rewardSummary(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return loaders.load(rewardSummaryByModel, model.id);
  }
}
