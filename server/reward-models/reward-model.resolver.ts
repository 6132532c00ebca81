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
} from "type-graphql";
import { RewardModelStrategy, Role } from "../../shared/enums.ts";
import type { Hyperparameters } from "../../shared/jobs/train-reward-model.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { artifactBySha256 } from "../artifacts/artifact.loader.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject, SafeInt } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { jobById } from "../jobs/job.loader.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import { RewardModel } from "./reward-model.entity.ts";
import { curvesByRewardModel, rewardModelById, rewardModelsByRound } from "./reward-model.loader.ts";
import { RewardModelCurves } from "./reward-model-curves.entity.ts";

@InputType()
class TrainRewardModelInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => String, {
    nullable: true,
    description: "Unique in the round; R by default. An existing name gives that model.",
  })
  name?: string;
  @Field(() => RewardModelStrategy, {
    nullable: true,
    description:
      "BOOTSTRAP by default, as in the paper, where the round has at least 8 samples beyond D_r, NAIVE where it has not. It gains only where the generator makes good ones among them.",
  })
  strategy?: RewardModelStrategy;
  @Field(() => SafeInt, { nullable: true, description: "The experiment's by default." })
  seed?: number | null;
  @Field(() => String, { nullable: true, description: "Take negatives only from prompts with this tag." })
  negativePromptTag?: string | null;
  @Field(() => Int, { nullable: true, description: "N: use this many proxy items at most; all by default." })
  proxyCount?: number | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      "steps, batchSize, learningRate, weightDecay, warmupSteps, dropout; snapshots (c: weights kept at regular steps; 4 by default), evaluateEverySteps (of the held-out loss), earlyStoppingPatience (evaluations without a lower one; off by default). Of BOOTSTRAP also `bootstrap: { m, alpha, rankFrom, rankScale, pseudoNegatives }`: M pseudo-positives and as many pseudo-negatives (a tenth of the proxy items by default, at most a tenth of the pool); y = exp(-alpha r), alpha ln 2 by default; ranks from 1 (default) or 0; NORMALISED r = rank / M (default) or RAW; the LOWEST M scores as negatives (default) or RANDOM ones below the top M.",
  })
  hyperparameters?: Partial<Hyperparameters>;
}

@ObjectType()
class TrainRewardModelPayload {
  @Field(() => RewardModel)
  rewardModel!: RewardModel;
  @Field(() => Job)
  job!: Job;
}

@ObjectType({ description: "An image that bootstrapping may draw from." })
class PoolImage {
  @Field(() => ID, { description: "Its bytes: /artifacts/<sha256>." })
  sha256!: string;
}
const PoolConnection = connectionOf(PoolImage, "PoolImage");

@ObjectType({
  description:
    "Artifacts a reward model is trained on and measured against, by their hashes. The held-out lists and the pool share no image with the others.",
})
class RewardModelTrainingSet {
  model!: RewardModel;
  @Field(() => [ID])
  positives!: string[];
  @Field(() => [ID])
  negatives!: string[];
  @Field(() => [ID])
  heldOutPositives!: string[];
  @Field(() => [ID])
  heldOutNegatives!: string[];
}

@Resolver(() => RewardModel)
export class RewardModelResolver {
  @Authorized(Role.VIEWER, Role.WORKER)
  @Query(() => RewardModel, { nullable: true })
  rewardModel(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(rewardModelById, parseId(id, "id"));
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => TrainRewardModelPayload, {
    description: "Trains R^t on a worker: proxy data against the round's samples.",
  })
  trainRewardModel(
    @Arg("input", () => TrainRewardModelInput) input: TrainRewardModelInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.rewardModels.requestTraining(input);
  }

  @FieldResolver(() => Round)
  round(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return loaders.load(roundById, model.roundId);
  }

  @FieldResolver(() => Job, { nullable: true, description: "The training job." })
  job(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return model.jobId ? loaders.load(jobById, model.jobId) : null;
  }

  @FieldResolver(() => Artifact, {
    nullable: true,
    description:
      "RPL weights (safetensors): a PyTorch state_dict with the names of table 6's layers; of a VOTING model one per snapshot, under `member.<i>.`.",
  })
  weights(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return model.weightsSha256 ? loaders.load(artifactBySha256, model.weightsSha256) : null;
  }

  @FieldResolver(() => Artifact, { nullable: true, description: "ONNX: features -> score." })
  onnx(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return model.onnxSha256 ? loaders.load(artifactBySha256, model.onnxSha256) : null;
  }

  @FieldResolver(() => Artifact, {
    nullable: true,
    description:
      "ONNX: image -> score. Its input is a decoded image; the file's metadata says under `preprocessing` of which size and scale. Null for models trained before it was kept.",
  })
  imageOnnx(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return model.imageOnnxSha256 ? loaders.load(artifactBySha256, model.imageOnnxSha256) : null;
  }

  @FieldResolver(() => RewardModelCurves, {
    nullable: true,
    description: "ROC curve and histograms; null while neither the training nor a scoring has ended.",
  })
  curves(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return loaders.load(curvesByRewardModel, model.id);
  }

  @FieldResolver(() => RewardModelTrainingSet)
  async trainingSet(@Root() model: RewardModel, @Ctx() { services }: RequestContext): Promise<RewardModelTrainingSet> {
    return { model, ...(await services.rewardModels.trainingSet(model)) };
  }
}

@Resolver(() => RewardModelTrainingSet)
export class RewardModelTrainingSetResolver {
  @FieldResolver(() => PoolConnection, {
    description:
      "What bootstrapping may draw from, in order of place: images that only prompts show which are not held out (and have the tag), apart from D_r and all proxy data.",
  })
  pool(
    @Root() { model }: RewardModelTrainingSet,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { services }: RequestContext,
  ) {
    return services.rewardModels.pool(model, args);
  }
}

@Resolver(() => Round)
export class RoundRewardModelsResolver {
  @FieldResolver(() => [RewardModel], { description: "In order of creation." })
  rewardModels(@Root() round: Round, @Ctx() { loaders }: RequestContext) {
    return loaders.load(rewardModelsByRound, round.id);
  }
}
