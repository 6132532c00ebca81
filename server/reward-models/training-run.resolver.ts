import {
  Arg,
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
import { Role } from "../../shared/enums.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { artifactBySha256 } from "../artifacts/artifact.loader.ts";
import type { RequestContext } from "../graphql/context.ts";
import { RewardModel } from "./reward-model.entity.ts";
import { RewardTrainingRun } from "./training-run.entity.ts";
import { rewardTrainingRunByKey } from "./training-run.loader.ts";

@InputType()
class RegisterRewardTrainingRunInput {
  @Field(() => ID, { description: "SHA-256 over plan, seed and features." })
  key!: string;
  @Field(() => ID, { description: "The uploaded run, of kind MODEL." })
  fileSha256!: string;
  @Field(() => Int, { description: "Optimiser steps done." })
  trainedSteps!: number;
  @Field(() => [Int], { description: "Steps whose weights the file holds, in order; 1 to 64." })
  snapshotSteps!: number[];
}

@ObjectType()
class RegisterRewardTrainingRunPayload {
  @Field(() => RewardTrainingRun, { description: "The run of that key: the first that was registered." })
  run!: RewardTrainingRun;
}

@Resolver(() => RewardTrainingRun)
export class RewardTrainingRunResolver {
  @Authorized(Role.VIEWER, Role.WORKER)
  @Query(() => RewardTrainingRun, { nullable: true, description: "Null for a run that nobody has trained yet." })
  rewardTrainingRun(@Arg("key", () => ID) key: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(rewardTrainingRunByKey, key);
  }

  @Authorized(Role.WORKER)
  @Mutation(() => RegisterRewardTrainingRunPayload, {
    description: "Records a training run, for workers. A run that is recorded already stays.",
  })
  async registerRewardTrainingRun(
    @Arg("input", () => RegisterRewardTrainingRunInput) input: RegisterRewardTrainingRunInput,
    @Ctx() { services }: RequestContext,
  ): Promise<RegisterRewardTrainingRunPayload> {
    return { run: await services.rewardTrainingRuns.register(input) };
  }

  @FieldResolver(() => Artifact, {
    nullable: true,
    description:
      "Null once no model has been made of the run for GANRM_TRAINING_RUN_DAYS: another is trained anew. Safetensors: a PyTorch state_dict of table 6's layers per snapshot, under `member.<i>.`, and both loss curves.",
  })
  file(@Root() run: RewardTrainingRun, @Ctx() { loaders }: RequestContext) {
    return run.fileSha256 ? loaders.load(artifactBySha256, run.fileSha256) : null;
  }
}

@Resolver(() => RewardModel)
export class RewardModelRunResolver {
  @FieldResolver(() => RewardTrainingRun, {
    nullable: true,
    description:
      "The run that the model was made of; of a BOOTSTRAP model that of its first stage. Null until trained, and for models from before runs were kept.",
  })
  run(@Root() model: RewardModel, @Ctx() { loaders }: RequestContext) {
    return model.runKey ? loaders.load(rewardTrainingRunByKey, model.runKey) : null;
  }
}
