import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
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
import { ArmSelection, Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import type { Change } from "../graphql/changes.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { SafeInt } from "../graphql/scalars.ts";
import { PromptSet } from "../prompts/prompt.entity.ts";
import { promptSetById } from "../prompts/prompt.loader.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { rewardModelById } from "../reward-models/reward-model.loader.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import { Study, StudyArm } from "./study.entity.ts";
import { armsByStudy, progressByStudy, studyById } from "./study.loader.ts";

const StudyConnection = connectionOf(Study, "Study");

interface StudyWatch {
  context: RequestContext;
  args: { id: string };
}

@InputType()
class StudyArmInput {
  @Field(() => String, { description: "For the analysis; volunteers never see it." })
  name!: string;
  @Field(() => ID, { description: "Its policy's samples are shown. All arms' rounds have the same prompt set." })
  roundId!: string;
  @Field(() => ArmSelection, { nullable: true, description: "SAMPLE by default." })
  selection?: ArmSelection | null;
  @Field(() => Int, {
    nullable: true,
    description: "SAMPLE: which sample, 0 by default. BEST_OF_K: K, all by default.",
  })
  k?: number | null;
  @Field(() => ID, { nullable: true, description: "Of BEST_OF_K: who chooses." })
  rewardModelId?: string | null;
}

@InputType()
class StudyInput {
  @Field(() => String, { description: "Unique. Volunteers never see it." })
  name!: string;
  @Field(() => [StudyArmInput], { description: "2 to 10. Every pair of them is asked about for every prompt." })
  arms!: StudyArmInput[];
  @Field(() => String, { nullable: true, description: "Which image do you prefer?" })
  question?: string;
  @Field(() => String, { nullable: true, description: "Markdown." })
  instructions?: string;
  @Field(() => String, { nullable: true, description: "Only prompts with this tag." })
  promptTag?: string | null;
  @Field(() => [Int], { nullable: true, description: "Only the prompts at these positions." })
  promptPositions?: number[] | null;
  @Field(() => Int, { nullable: true, description: "So many of them, at random by the seed; all by default." })
  promptCount?: number | null;
  @Field(() => SafeInt, { nullable: true, description: "0 by default." })
  seed?: number;
  @Field(() => Int, { nullable: true, description: "14 by default, as in the paper." })
  votesPerItem?: number;
  @Field(() => Int, { nullable: true, description: "Every item by default." })
  itemsPerParticipant?: number | null;
  @Field(() => Int, { nullable: true, description: "The open link lets nobody in once so many have finished." })
  targetParticipants?: number | null;
  @Field(() => Boolean, { nullable: true, description: "false by default, as in the paper." })
  allowTies?: boolean;
  @Field(() => Boolean, { nullable: true, description: "false by default." })
  allowCannotJudge?: boolean;
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Of more than two arms: spend votesPerItem times all items where the arms' order is least certain; false by default.",
  })
  adaptive?: boolean;
  @Field(() => Boolean, { nullable: true, description: "true by default." })
  practice?: boolean;
  @Field(() => Int, { nullable: true, description: "0 to 20 a participant; 0 by default." })
  attentionChecks?: number;
  @Field(() => Int, { nullable: true, description: "0 to 20 a participant; 0 by default." })
  repeats?: number;
  @Field(() => Int, { nullable: true, description: "Votes given faster are excluded; 300 ms by default." })
  minResponseMs?: number;
  @Field(() => Int, { nullable: true, description: "Participants who fail more checks are excluded; 0 by default." })
  attentionFailures?: number;
  @Field(() => String, { nullable: true })
  completionCode?: string | null;
  @Field(() => String, { nullable: true, description: "https only." })
  redirectUrl?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description: "false by default: what a panel adds to the link is not stored.",
  })
  keepPanelIds?: boolean;
}

@ObjectType()
class StudyPayload {
  @Field(() => Study)
  study!: Study;
}

@ObjectType()
class DeleteStudyPayload {
  @Field(() => ID, { description: "The study that is no more." })
  deletedId!: string;
}

@ObjectType()
class StudyTokenPayload {
  @Field(() => Study)
  study!: Study;
  @Field(() => String, { description: "Shown this once: the link is /vote/<token>." })
  token!: string;
}

@ObjectType({ simpleResolvers: true, description: "How far a study is. Previews count nowhere." })
class StudyProgress {
  @Field(() => Int, { description: "Pairs asked about." })
  items!: number;
  @Field(() => Int, { description: "Invited or joined." })
  participants!: number;
  @Field(() => Int)
  joined!: number;
  @Field(() => Int)
  finished!: number;
  @Field(() => Int, { description: "Votes on items; practice, checks and repeats are none." })
  votes!: number;
  @Field(() => Int)
  votesWanted!: number;
}

@Resolver(() => Study)
export class StudyResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Study, { nullable: true })
  study(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(studyById, parseId(id, "id"));
  }

  @Authorized(Role.VIEWER)
  @Query(() => StudyConnection, { description: "Newest first." })
  studies(@Args(() => PageArgs) args: PageArgs, @Ctx() { services }: RequestContext) {
    return services.studies.list(args);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => StudyPayload, { description: "Makes a draft." })
  async createStudy(@Arg("input", () => StudyInput) input: StudyInput, @Ctx() { services }: RequestContext) {
    return { study: await services.studies.create(input) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => StudyPayload, {
    description: "Puts a draft in order anew; what is left out takes its default again.",
  })
  async updateStudy(
    @Arg("id", () => ID) id: string,
    @Arg("input", () => StudyInput) input: StudyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { study: await services.studies.update(id, input) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => StudyPayload, {
    description: "Freezes the plan under a hash and takes votes. Which sample stands for an arm is decided now.",
  })
  async openStudy(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { study: await services.studies.open(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => StudyPayload, { description: "Takes no more votes, and never again." })
  async closeStudy(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { study: await services.studies.close(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => DeleteStudyPayload, {
    description: "Removes a draft with its invites. A study that was opened stays, its votes with it.",
  })
  async deleteStudy(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { deletedId: await services.studies.remove(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => StudyTokenPayload, { description: "Makes the link that lets anybody in; an earlier one ends." })
  createStudyLink(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return services.studies.createLink(id);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => StudyPayload, { description: "Ends the open link. Who has joined goes on." })
  async revokeStudyLink(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { study: await services.studies.revokeLink(id) };
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Study, {
    description: "The study as it is, and again whenever votes come in, five times a second at most.",
    async subscribe({ args, context }: StudyWatch) {
      const id = parseId(args.id, "id");
      await context.loaders.require(studyById, id, { what: "study" });
      return context.changes.watch({ topic: "studies", id });
    },
  })
  studyUpdated(@Arg("id", () => ID) _id: string, @Root() change: Change, @Ctx() { loaders }: RequestContext) {
    return loaders.require(studyById, change.id, { what: "study" });
  }

  @FieldResolver(() => PromptSet)
  promptSet(@Root() study: Study, @Ctx() { loaders }: RequestContext) {
    return loaders.load(promptSetById, study.promptSetId);
  }

  @FieldResolver(() => [StudyArm], { description: "In their order." })
  arms(@Root() study: Study, @Ctx() { loaders }: RequestContext) {
    return loaders.load(armsByStudy, study.id);
  }

  @FieldResolver(() => StudyProgress)
  progress(@Root() study: Study, @Ctx() { loaders }: RequestContext) {
    return loaders.load(progressByStudy, study.id);
  }
}

@Resolver(() => StudyArm)
export class StudyArmResolver {
  @FieldResolver(() => Round)
  round(@Root() arm: StudyArm, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundById, arm.roundId);
  }

  @FieldResolver(() => RewardModel, { nullable: true, description: "Of BEST_OF_K: who chooses." })
  rewardModel(@Root() arm: StudyArm, @Ctx() { loaders }: RequestContext) {
    return arm.rewardModelId ? loaders.load(rewardModelById, arm.rewardModelId) : null;
  }
}
