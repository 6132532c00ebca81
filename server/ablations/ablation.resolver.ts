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
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { RewardModelStrategy, Role } from "../../shared/enums.ts";
import type { Hyperparameters } from "../../shared/jobs/train-reward-model.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { artifactBySha256 } from "../artifacts/artifact.loader.ts";
import type { Change } from "../graphql/changes.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject, SafeInt } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { jobById } from "../jobs/job.loader.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import { Ablation, AblationCell } from "./ablation.entity.ts";
import { ablationById, ablationsByRound, cellsByAblation, progressByAblation } from "./ablation.loader.ts";
import { AblationTable } from "./ablation-table.type.ts";

interface AblationWatch {
  context: RequestContext;
  args: { id: string };
}

@InputType()
class RunAblationInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => String, {
    description: "Unique in the round. The same name and input gives that ablation and starts again what failed.",
  })
  name!: string;
  @Field(() => [RewardModelStrategy], { nullable: true, description: "BOOTSTRAP by default, as in the paper." })
  strategies?: RewardModelStrategy[] | null;
  @Field(() => [Int], { nullable: true, description: "N: proxy items trained on, 8 at least; all by default." })
  n?: number[] | null;
  @Field(() => [Int], {
    nullable: true,
    description: "K: candidates of a prompt, 2 at least; the experiment's by default.",
  })
  k?: number[] | null;
  @Field(() => [Float], {
    nullable: true,
    description: "Of BOOTSTRAP: alpha in y = exp(-alpha r), above 0; ln 2 by default.",
  })
  alpha?: number[] | null;
  @Field(() => [Int], {
    nullable: true,
    description: "Of BOOTSTRAP: M; a tenth of the proxy items or of the pool by default.",
  })
  m?: number[] | null;
  @Field(() => [String], { nullable: true, description: "The experiment's by default." })
  encoders?: string[] | null;
  @Field(() => [SafeInt], { nullable: true, description: "0 to 4 by default. Each row is trained once with each." })
  seeds?: number[] | null;
  @Field(() => String, {
    nullable: true,
    description: "Judge only prompts with this tag; any that no model trains on by default.",
  })
  promptTag?: string | null;
  @Field(() => String, { nullable: true, description: "Take negatives and the pool only from prompts with this tag." })
  negativePromptTag?: string | null;
  @Field(() => String, {
    nullable: true,
    description: "Label of the samples that ought to be picked. No model sees it.",
  })
  label?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Keep the weights of every model as an artifact; false by default. At a width of 1,344 a model takes 22 MB (VOTING 22 MB a snapshot), cells that differ by K share theirs.",
  })
  keepWeights?: boolean | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      "As of trainRewardModel, the same for every model. alpha and m of `bootstrap` are the values of these axes where they are left out.",
  })
  hyperparameters?: Partial<Hyperparameters>;
}

@ObjectType()
class RunAblationPayload {
  @Field(() => Ablation)
  ablation!: Ablation;
  @Field(() => [Job], { description: "One for each base run, that is for each encoder, N and seed." })
  jobs!: Job[];
}

@ObjectType()
class AblationPayload {
  @Field(() => Ablation)
  ablation!: Ablation;
}

@ObjectType({ description: "The values of each axis, in table order." })
class AblationAxes {
  @Field(() => [String])
  encoders!: string[];
  @Field(() => [RewardModelStrategy])
  strategies!: RewardModelStrategy[];
  @Field(() => [Int])
  n!: number[];
  @Field(() => [Int])
  k!: number[];
  @Field(() => [Float])
  alpha!: number[];
  @Field(() => [Int], { nullable: "items", description: "Null: a tenth of the proxy items or of the pool." })
  m!: (number | null)[];
}

@ObjectType({ description: "How many cells there are, and what has become of them." })
class AblationProgress {
  @Field(() => Int)
  cells!: number;
  @Field(() => Int)
  done!: number;
  @Field(() => Int, { description: "Cells whose job failed or was cancelled; runAblation starts them again." })
  failed!: number;
}

@Resolver(() => Ablation)
export class AblationResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Ablation, { nullable: true })
  ablation(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(ablationById, parseId(id, "id"));
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RunAblationPayload, {
    description:
      "Trains and judges a reward model for every combination of the axes and every seed (at most 1,000), on workers. Axes that are left out have one value.",
  })
  runAblation(@Arg("input", () => RunAblationInput) input: RunAblationInput, @Ctx() { services }: RequestContext) {
    return services.ablations.run(input);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => AblationPayload, {
    description:
      "Cancels the jobs of an ablation that have not ended. What is recorded stays; runAblation goes on from there.",
  })
  async cancelAblation(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { ablation: await services.ablations.cancel(id) };
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Ablation, {
    description: "The ablation as it is, and again whenever a cell is recorded or fails, five times a second at most.",
    async subscribe({ args, context }: AblationWatch) {
      const id = parseId(args.id, "id");
      await context.loaders.require(ablationById, id, { what: "ablation" });
      return context.changes.watch({ topic: "ablations", id });
    },
  })
  ablationUpdated(@Arg("id", () => ID) _id: string, @Root() change: Change, @Ctx() { loaders }: RequestContext) {
    return loaders.require(ablationById, change.id, { what: "ablation" });
  }

  @FieldResolver(() => Round)
  round(@Root() ablation: Ablation, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundById, ablation.roundId);
  }

  @FieldResolver(() => AblationAxes)
  axes(@Root() ablation: Ablation): AblationAxes {
    return ablation.axes;
  }

  @FieldResolver(() => Int, { description: "Prompts that the models choose for. None of them is trained on." })
  judgedPromptCount(@Root() ablation: Ablation): number {
    return ablation.judgedPositions.length;
  }

  @FieldResolver(() => AblationProgress)
  progress(@Root() ablation: Ablation, @Ctx() { loaders }: RequestContext) {
    return loaders.load(progressByAblation, ablation.id);
  }

  @FieldResolver(() => [AblationCell], { description: "In table order." })
  cells(@Root() ablation: Ablation, @Ctx() { loaders }: RequestContext) {
    return loaders.load(cellsByAblation, ablation.id);
  }

  @FieldResolver(() => AblationTable, {
    description: "The whole table, in the order and shape of the paper's tables 4, 7 and 8.",
  })
  table(
    @Root() ablation: Ablation,
    @Arg("baseline", () => Int, {
      defaultValue: 0,
      description: "Position of the row that the others are compared to.",
    })
    baseline: number,
    @Ctx() { services }: RequestContext,
  ) {
    return services.ablationTables.table(ablation, baseline);
  }
}

@Resolver(() => AblationCell)
export class AblationCellResolver {
  @FieldResolver(() => Job, { nullable: true, description: "The job of its base run." })
  job(@Root() cell: AblationCell, @Ctx() { loaders }: RequestContext) {
    return cell.jobId ? loaders.load(jobById, cell.jobId) : null;
  }

  @FieldResolver(() => Artifact, {
    nullable: true,
    description: "Weights (safetensors; VOTING's hold its snapshots), where they were kept.",
  })
  weights(@Root() cell: AblationCell, @Ctx() { loaders }: RequestContext) {
    return cell.weightsSha256 ? loaders.load(artifactBySha256, cell.weightsSha256) : null;
  }
}

@Resolver(() => Round)
export class RoundAblationsResolver {
  @FieldResolver(() => [Ablation], { description: "In order of creation." })
  ablations(@Root() round: Round, @Ctx() { loaders }: RequestContext) {
    return loaders.load(ablationsByRound, round.id);
  }
}
