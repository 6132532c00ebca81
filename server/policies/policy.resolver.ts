import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { PolicyOrigin, Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { artifactBySha256 } from "../artifacts/artifact.loader.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { jobById } from "../jobs/job.loader.ts";
import { Policy } from "./policy.entity.ts";
import { policyById } from "./policy.loader.ts";

const PolicyConnection = connectionOf(Policy, "Policy");

@InputType()
class CreatePolicyInput {
  @Field(() => String, { description: "Unique." })
  name!: string;
  @Field(() => ID, { nullable: true, description: "The checkpoint it was made from." })
  parentId?: string | null;
  @Field(() => PolicyOrigin, { nullable: true, description: "IMPORTED by default." })
  origin?: PolicyOrigin;
  @Field(() => String, { nullable: true })
  generator?: string;
  @Field(() => JSONObject, { nullable: true })
  config?: Record<string, unknown>;
  @Field(() => ID, {
    nullable: true,
    description: "Weights of the embedded generator, an uploaded artifact of kind MODEL: workers draw with it.",
  })
  weightsSha256?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      "Instead of weights, a model in diffusers' folder layout on the workers: a path below their GANRM_POLICIES_DIR.",
  })
  folder?: string | null;
}

@ObjectType()
class CreatePolicyPayload {
  @Field(() => Policy)
  policy!: Policy;
}

@Resolver(() => Policy)
export class PolicyResolver {
  @Authorized(Role.VIEWER, Role.WORKER)
  @Query(() => Policy, { nullable: true })
  policy(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(policyById, parseId(id, "id"));
  }

  @Authorized(Role.VIEWER)
  @Query(() => PolicyConnection, { description: "Newest first." })
  policies(@Args(() => PageArgs) args: PageArgs, @Ctx() { services }: RequestContext) {
    return services.policies.list(args);
  }

  @FieldResolver(() => Policy, { nullable: true, description: "The checkpoint it was made from." })
  parent(@Root() policy: Policy, @Ctx() { loaders }: RequestContext) {
    return policy.parentId ? loaders.load(policyById, policy.parentId) : null;
  }

  @FieldResolver(() => Artifact, {
    nullable: true,
    description:
      "Weights (safetensors) that workers draw with; null while it is trained, and for a policy drawn with elsewhere.",
  })
  weights(@Root() policy: Policy, @Ctx() { loaders }: RequestContext) {
    return policy.weightsSha256 ? loaders.load(artifactBySha256, policy.weightsSha256) : null;
  }

  @FieldResolver(() => Job, { nullable: true, description: "The job that trains or trained it here." })
  job(@Root() policy: Policy, @Ctx() { loaders }: RequestContext) {
    return policy.jobId ? loaders.load(jobById, policy.jobId) : null;
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => CreatePolicyPayload, { description: "Registers a generator checkpoint." })
  async createPolicy(
    @Arg("input", () => CreatePolicyInput) input: CreatePolicyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { policy: await services.policies.create(input) };
  }
}
