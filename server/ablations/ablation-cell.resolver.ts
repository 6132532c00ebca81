import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";
import { MetricDirection, Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject, SafeInt } from "../graphql/scalars.ts";
import { Ablation, AblationCell } from "./ablation.entity.ts";

@ArgsType()
class AblationGroupArgs {
  @Field(() => ID)
  ablationId!: string;
  @Field(() => String)
  encoder!: string;
  @Field(() => Int)
  n!: number;
  @Field(() => SafeInt)
  seed!: number;
}

@ObjectType({ simpleResolvers: true, description: "One of the images that models choose among." })
class AblationCandidate {
  @Field(() => Int)
  promptPosition!: number;
  @Field(() => Int)
  k!: number;
  @Field(() => ID)
  artifactSha256!: string;
}

@ObjectType({ description: "Artifacts that the models of a group are trained on and measured against." })
class AblationTrainingSet {
  @Field(() => [ID])
  positives!: string[];
  @Field(() => [ID])
  negatives!: string[];
  @Field(() => [ID])
  heldOutPositives!: string[];
  @Field(() => [ID])
  heldOutNegatives!: string[];
  @Field(() => [ID], { description: "What bootstrapping labels; in none of the other lists." })
  pool!: string[];
}

@ObjectType({ description: "The cells of one base run and what they are made of, for workers. No label is in it." })
class AblationGroup {
  @Field(() => Ablation)
  ablation!: Ablation;
  @Field(() => AblationTrainingSet)
  trainingSet!: AblationTrainingSet;
  @Field(() => [AblationCandidate], { description: "By judged prompt and k, up to the largest K." })
  candidates!: AblationCandidate[];
  @Field(() => [AblationCell], { description: "Done or not, in table order." })
  cells!: AblationCell[];
}

@InputType()
class AblationMetricInput {
  @Field(() => String)
  name!: string;
  @Field(() => MetricDirection)
  direction!: MetricDirection;
  @Field(() => JSONObject, { description: "What computed it; nothing that differs between the cells of one column." })
  provenance!: Record<string, unknown>;
  @Field(() => Float)
  value!: number;
  @Field(() => Int, { nullable: true })
  n?: number | null;
  @Field(() => Float, { nullable: true })
  low?: number | null;
  @Field(() => Float, { nullable: true })
  high?: number | null;
  @Field(() => Float, { nullable: true, description: "What the finite number of samples adds to the value." })
  bias?: number | null;
}

@InputType()
class RecordAblationCellInput {
  @Field(() => ID)
  cellId!: string;
  @Field(() => [Int], { description: "The k of the candidate picked for each judged prompt, in their order." })
  picks!: number[];
  @Field(() => ID, { nullable: true, description: "Uploaded weights, where they are kept." })
  weightsSha256?: string | null;
  @Field(() => [AblationMetricInput], { description: "What was measured, at most 100." })
  metrics!: AblationMetricInput[];
}

@ObjectType()
class RecordAblationCellPayload {
  @Field(() => AblationCell)
  cell!: AblationCell;
}

@Resolver()
export class AblationGroupResolver {
  @Authorized(Role.WORKER)
  @Query(() => AblationGroup, { description: "What a base run's models are trained and judged on, for workers." })
  ablationGroup(@Args(() => AblationGroupArgs) args: AblationGroupArgs, @Ctx() { services }: RequestContext) {
    return services.ablationCells.group(args);
  }

  @Authorized(Role.WORKER)
  @Mutation(() => RecordAblationCellPayload, {
    description:
      "Records the outcome of a cell, for workers. A cell that is recorded stays as it is, so it can be sent again.",
  })
  async recordAblationCell(
    @Arg("input", () => RecordAblationCellInput) input: RecordAblationCellInput,
    @Ctx() { services }: RequestContext,
  ): Promise<RecordAblationCellPayload> {
    return { cell: await services.ablationCells.record(input) };
  }
}
