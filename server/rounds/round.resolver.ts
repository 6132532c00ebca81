import type { GraphQLResolveInfo } from "graphql";
import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { PostTrainingMethod, Role, RoundAspect } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { experimentById } from "../experiments/experiment.loader.ts";
import type { Change } from "../graphql/changes.ts";
import type { RequestContext } from "../graphql/context.ts";
import { SafeInt } from "../graphql/scalars.ts";
import { readAhead } from "../graphql/selection.ts";
import { Policy } from "../policies/policy.entity.ts";
import { policyById } from "../policies/policy.loader.ts";
import { Round } from "./round.entity.ts";
import { roundById, roundsByExperiment } from "./round.loader.ts";

interface RoundWatch {
  context: RequestContext;
  args: { id: string };
}
interface RoundsWatch {
  context: RequestContext;
  args: { experimentId: string; aspects?: RoundAspect[] | null };
}

@InputType()
class OpenRoundInput {
  @Field(() => ID)
  experimentId!: string;
  @Field(() => Int, { nullable: true, description: "t; the next one by default. An existing t gives that round." })
  index?: number | null;
  @Field(() => ID, { nullable: true, description: "G^t; the experiment's base policy by default." })
  policyInId?: string | null;
}

@InputType()
class ForkFromRoundInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => String, { description: "The fork's own name." })
  name!: string;
  @Field(() => String, { nullable: true })
  description?: string;
  @Field(() => Int, { nullable: true })
  k?: number;
  @Field(() => Int, { nullable: true })
  plannedRounds?: number;
  @Field(() => PostTrainingMethod, { nullable: true })
  postTraining?: PostTrainingMethod;
  @Field(() => SafeInt, { nullable: true })
  seed?: number;
}

@ObjectType()
class ForkFromRoundPayload {
  @Field(() => Experiment)
  experiment!: Experiment;
}

@ObjectType()
class RoundPayload {
  @Field(() => Round)
  round!: Round;
}

@Resolver(() => Round)
export class RoundResolver {
  @Authorized(Role.VIEWER, Role.WORKER)
  @Query(() => Round, { nullable: true })
  async round(@Arg("id", () => ID) id: string, @Ctx() context: RequestContext, @Info() info: GraphQLResolveInfo) {
    const roundId = parseId(id, "id");
    const exists = await readAhead(info, roundId, context);
    return exists ? { id: roundId } : context.loaders.load(roundById, roundId);
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Round, {
    description:
      "The round as it is, and again whenever its status, samples, reward models, pairs, metrics or jobs' states change.",
    async subscribe({ args, context }: RoundWatch) {
      const id = parseId(args.id, "id");
      await context.loaders.require(roundById, id, { what: "round" });
      return context.changes.watch({ topic: "rounds", id });
    },
  })
  roundUpdated(@Arg("id", () => ID) _id: string, @Root() change: Change, @Ctx() { loaders }: RequestContext) {
    return loaders.require(roundById, change.id, { what: "round" });
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Round, {
    description: "Each round of the experiment that is new or changes, from now on; with aspects, in one of these.",
    async subscribe({ args, context }: RoundsWatch) {
      const experimentId = parseId(args.experimentId, "experimentId");
      await context.loaders.require(experimentById, experimentId, { what: "experiment", field: "experimentId" });
      const aspects = new Set<string>(args.aspects ?? Object.values(RoundAspect));
      // Triggers don't say what changed: they tell of work.
      const wanted = ({ aspect = RoundAspect.WORK }: Change) => aspects.has(aspect);
      return context.changes.watch({ topic: "rounds", parentId: experimentId }, wanted);
    },
  })
  roundsUpdated(
    @Arg("experimentId", () => ID) _experimentId: string,
    @Arg("aspects", () => [RoundAspect], { nullable: true }) _aspects: RoundAspect[] | null,
    @Root() change: Change,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.require(roundById, change.id, { what: "round" });
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RoundPayload, { description: "Opens round t, which freezes the experiment's configuration." })
  async openRound(@Arg("input", () => OpenRoundInput) input: OpenRoundInput, @Ctx() { services }: RequestContext) {
    return { round: await services.rounds.open(input) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RoundPayload, {
    description: "Ends a round: no more samples, reward models or pairs, and no way back.",
  })
  async completeRound(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { round: await services.rounds.complete(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => ForkFromRoundPayload, {
    description:
      "Copies the round's experiment, changing what is given, with the round's policy as base: to go on from there in another way. The last round of a run has the policy that the run made.",
  })
  async forkFromRound(
    @Arg("input", () => ForkFromRoundInput) input: ForkFromRoundInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { roundId, ...changes } = input;
    return { experiment: await services.rounds.fork(roundId, changes) };
  }

  @FieldResolver(() => Experiment)
  experiment(@Root() round: Round, @Ctx() { loaders }: RequestContext) {
    return loaders.load(experimentById, round.experimentId);
  }

  @FieldResolver(() => Policy, { description: "G^t, whose outputs the round's samples are." })
  policyIn(@Root() round: Round, @Ctx() { loaders }: RequestContext) {
    return loaders.load(policyById, round.policyInId);
  }

  @FieldResolver(() => Policy, {
    nullable: true,
    description: "G^(t+1), made from the round's samples; without weights while it is trained.",
  })
  policyOut(@Root() round: Round, @Ctx() { loaders }: RequestContext) {
    return round.policyOutId ? loaders.load(policyById, round.policyOutId) : null;
  }
}

@Resolver(() => Experiment)
export class ExperimentRoundsResolver {
  @FieldResolver(() => [Round], { description: "In order of t." })
  rounds(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundsByExperiment, experiment.id);
  }
}
