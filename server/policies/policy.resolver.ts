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
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
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
}

@ObjectType()
class CreatePolicyPayload {
  @Field(() => Policy)
  policy!: Policy;
}

@Resolver(() => Policy)
export class PolicyResolver {
  @Authorized(Role.VIEWER)
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

  @Authorized(Role.MEMBER)
  @Mutation(() => CreatePolicyPayload, { description: "Registers a generator checkpoint." })
  async createPolicy(
    @Arg("input", () => CreatePolicyInput) input: CreatePolicyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { policy: await services.policies.create(input) };
  }
}
