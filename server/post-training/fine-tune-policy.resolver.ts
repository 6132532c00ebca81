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
  Resolver,
  Root,
  registerEnumType,
} from "type-graphql";
import { FineTuneMethod, Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject, SafeInt } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { Policy } from "../policies/policy.entity.ts";
import type {
  FineTuningSet as FineTuningSetRows,
  RealImage as RealImageRow,
  SelectedImage as SelectedImageRow,
  SelectedPair as SelectedPairRow,
} from "./fine-tune-policy.service.ts";

registerEnumType(FineTuneMethod, {
  name: "FineTuneMethod",
  description: "SFT: on the best samples of each prompt. DPO: on (best, worst) pairs (paper, section 3.3).",
});

@InputType()
class FineTunePolicyInput {
  @Field(() => ID)
  roundId!: string;
  @Field(() => ID, { description: "A model of the round that has ranked its samples; for DPO, whose pairs are built." })
  rewardModelId!: string;
  @Field(() => FineTuneMethod)
  method!: FineTuneMethod;
  @Field(() => String, { description: "Of the new policy, unique. The same name and input gives the policy there is." })
  name!: string;
  @Field(() => String, { nullable: true, description: 'Only prompts with this tag; "train" by default.' })
  promptTag?: string;
  @Field(() => Int, {
    nullable: true,
    description: "Of SFT: so many of the best samples of each prompt; 1 by default.",
  })
  picksPerPrompt?: number | null;
  @Field(() => SafeInt, { nullable: true, description: "The experiment's by default." })
  seed?: number | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      "steps, batch, learningRate, ema (of the weights), realShare (of a batch, proxy images of the train split), and beta of DPO. What is left out is the lab's default.",
  })
  hyperparameters?: Record<string, unknown>;
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Left to a process of your own, which leases the kind FINETUNE_POLICY_EXTERNALLY; false by default: workers of the lab train the embedded generator.",
  })
  external?: boolean | null;
}

@ObjectType()
class FineTunePolicyPayload {
  @Field(() => Policy, { description: "Without weights until the job is done." })
  policy!: Policy;
  @Field(() => Job)
  job!: Job;
}

@ObjectType({ simpleResolvers: true, description: "One of the best samples of its prompt." })
class SelectedImage implements SelectedImageRow {
  @Field(() => Int)
  promptPosition!: number;
  @Field(() => String)
  prompt!: string;
  @Field(() => ID)
  artifactSha256!: string;
  @Field(() => Int, { description: "From 1." })
  rank!: number;
}

@ObjectType({ simpleResolvers: true, description: "x^h and x^l of a prompt." })
class SelectedPair implements SelectedPairRow {
  @Field(() => Int)
  promptPosition!: number;
  @Field(() => String)
  prompt!: string;
  @Field(() => ID)
  chosenSha256!: string;
  @Field(() => ID)
  rejectedSha256!: string;
}

@ObjectType({ simpleResolvers: true, description: "A proxy image of the train split." })
class RealImage implements RealImageRow {
  @Field(() => String, { description: "Empty where it is not known." })
  prompt!: string;
  @Field(() => ID)
  artifactSha256!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "What a policy is trained on, for workers: no prompt without the tag and no held-out proxy image.",
})
class FineTuningSet implements FineTuningSetRows {
  @Field(() => [SelectedImage], { description: "Of SFT." })
  images!: SelectedImage[];
  @Field(() => [SelectedPair], { description: "Of DPO." })
  pairs!: SelectedPair[];
  @Field(() => [RealImage], { description: "To be mixed in, as hyperparameters.realShare says." })
  real!: RealImage[];
}

@Resolver(() => Policy)
export class PolicyFineTuningResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => FineTunePolicyPayload, {
    description:
      "Makes G^(t+1) on a worker: fine-tunes the round's policy on what its reward model selected (paper, section 3.3).",
  })
  fineTunePolicy(
    @Arg("input", () => FineTunePolicyInput) input: FineTunePolicyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.fineTuning.request(input);
  }

  @FieldResolver(() => FineTuningSet)
  fineTuningSet(@Root() policy: Policy, @Ctx() { services }: RequestContext) {
    return services.fineTuning.setOf(policy);
  }
}
