import {
  Arg,
  Args,
  ArgsType,
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
  registerEnumType,
} from "type-graphql";
import { ExperimentSetting, ExperimentStatus, PostTrainingMethod, Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { SafeInt } from "../graphql/scalars.ts";
import { Policy } from "../policies/policy.entity.ts";
import { policyById } from "../policies/policy.loader.ts";
import { PromptSet } from "../prompts/prompt.entity.ts";
import { promptSetById } from "../prompts/prompt.loader.ts";
import { ProxySet } from "../proxy-data/proxy-set.entity.ts";
import { proxySetById } from "../proxy-data/proxy-set.loader.ts";
import { Experiment } from "./experiment.entity.ts";
import { experimentById, siblingsOfExperiment } from "./experiment.loader.ts";

enum ExperimentOrder {
  NEWEST = "NEWEST",
  OLDEST = "OLDEST",
  NAME = "NAME",
}
registerEnumType(ExperimentOrder, { name: "ExperimentOrder", description: "By creation, or by name from A to Z." });

const ExperimentConnection = connectionOf(Experiment, "Experiment");

@ArgsType()
class ExperimentsArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: "Part of a name or description." })
  search?: string | null;
  @Field(() => ExperimentStatus, { nullable: true })
  status?: ExperimentStatus | null;
  @Field(() => ExperimentOrder, { nullable: true, description: "NEWEST by default." })
  orderBy?: ExperimentOrder | null;
}

@InputType()
class ExperimentFields {
  @Field(() => String, { nullable: true, description: "The question, in words." })
  description?: string;
  @Field(() => ExperimentSetting, { nullable: true })
  setting?: ExperimentSetting;
  @Field(() => String, { nullable: true, description: "mobilenet-v2-mid by default." })
  encoder?: string;
  @Field(() => Int, { nullable: true, description: "Samples per prompt, 2 to 1000; 10 by default (the paper's)." })
  k?: number;
  @Field(() => Int, { nullable: true, description: "1 to 100." })
  plannedRounds?: number;
  @Field(() => PostTrainingMethod, { nullable: true })
  postTraining?: PostTrainingMethod;
  @Field(() => SafeInt, { nullable: true })
  seed?: number;
}

@InputType()
class CreateExperimentInput extends ExperimentFields {
  @Field(() => String, { description: "Unique." })
  name!: string;
  @Field(() => ID)
  basePolicyId!: string;
  @Field(() => ID)
  promptSetId!: string;
  @Field(() => ID)
  proxySetId!: string;
}

@InputType()
class ForkExperimentInput extends ExperimentFields {
  @Field(() => ID)
  experimentId!: string;
  @Field(() => String, { description: "The fork's own name." })
  name!: string;
  @Field(() => ID, { nullable: true })
  basePolicyId?: string;
  @Field(() => ID, { nullable: true })
  promptSetId?: string;
  @Field(() => ID, { nullable: true })
  proxySetId?: string;
}

@ObjectType()
class ExperimentPayload {
  @Field(() => Experiment)
  experiment!: Experiment;
}

@Resolver(() => Experiment)
export class ExperimentResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Experiment, { nullable: true })
  experiment(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(experimentById, parseId(id, "id"));
  }

  @Authorized(Role.VIEWER)
  @Query(() => ExperimentConnection)
  experiments(@Args(() => ExperimentsArgs) args: ExperimentsArgs, @Ctx() { services }: RequestContext) {
    return services.experiments.list(args);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => ExperimentPayload)
  async createExperiment(
    @Arg("input", () => CreateExperimentInput) input: CreateExperimentInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { experiment: await services.experiments.create(input) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => ExperimentPayload, { description: "Copies an experiment, changing what is given." })
  async forkExperiment(
    @Arg("input", () => ForkExperimentInput) input: ForkExperimentInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { experimentId, ...changes } = input;
    return { experiment: await services.experiments.fork(experimentId, changes) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => ExperimentPayload, { description: "Ends a running experiment: no more rounds, and no way back." })
  async completeExperiment(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { experiment: await services.experiments.complete(id) };
  }

  @FieldResolver(() => Policy)
  basePolicy(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return loaders.load(policyById, experiment.basePolicyId);
  }

  @FieldResolver(() => PromptSet)
  promptSet(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return loaders.load(promptSetById, experiment.promptSetId);
  }

  @FieldResolver(() => ProxySet)
  proxySet(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return loaders.load(proxySetById, experiment.proxySetId);
  }

  @FieldResolver(() => Experiment, { nullable: true })
  forkedFrom(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return experiment.forkedFromId ? loaders.load(experimentById, experiment.forkedFromId) : null;
  }

  @FieldResolver(() => [Experiment], {
    description: "Others on the same prompts that begin with the same policy, oldest first: arms to compare with.",
  })
  async siblings(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    const ids = await loaders.load(siblingsOfExperiment, experiment.id);
    return Promise.all(ids.map((id) => loaders.require(experimentById, id, { what: "experiment" })));
  }
}
