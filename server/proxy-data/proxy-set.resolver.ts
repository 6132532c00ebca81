import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { artifactBySha256 } from "../artifacts/artifact.loader.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { ProxyItem, ProxySet } from "./proxy-set.entity.ts";
import { proxySetById } from "./proxy-set.loader.ts";

const ProxySetConnection = connectionOf(ProxySet, "ProxySet");
const ProxyItemConnection = connectionOf(ProxyItem, "ProxyItem");

@InputType()
class ProxyItemInput {
  @Field(() => ID, { description: "An uploaded image." })
  artifactSha256!: string;
  @Field(() => String, { nullable: true })
  fileName?: string;
  @Field(() => String, { nullable: true, description: "What it shows; fineTunePolicy mixes it in under this prompt." })
  prompt?: string | null;
}

@InputType()
class CreateProxySetInput {
  @Field(() => String, { description: "Unique." })
  name!: string;
  @Field(() => String, { nullable: true })
  source?: string;
  @Field(() => String, { nullable: true, description: "SPDX where there is one." })
  licence?: string;
  @Field(() => Float, { nullable: true, description: "Share never trained on, 0 to 0.9; 0.2 by default." })
  heldOutFraction?: number;
  @Field(() => [ProxyItemInput], { description: "2 to 100,000 uploaded images." })
  items!: ProxyItemInput[];
}

@ObjectType()
class CreateProxySetPayload {
  @Field(() => ProxySet)
  proxySet!: ProxySet;
}

@Resolver(() => ProxySet)
export class ProxySetResolver {
  @Authorized(Role.VIEWER)
  @Query(() => ProxySet, { nullable: true })
  proxySet(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(proxySetById, parseId(id, "id"));
  }

  @Authorized(Role.VIEWER)
  @Query(() => ProxySetConnection, { description: "Newest first." })
  proxySets(@Args(() => PageArgs) args: PageArgs, @Ctx() { services }: RequestContext) {
    return services.proxySets.list(args);
  }

  @FieldResolver(() => ProxyItemConnection)
  items(@Root() set: ProxySet, @Args(() => PageArgs) args: PageArgs, @Ctx() { services }: RequestContext) {
    return services.proxySets.items(set.id, args);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => CreateProxySetPayload, {
    description: "Registers Preference Proxy Data and splits off what is held out.",
  })
  async createProxySet(
    @Arg("input", () => CreateProxySetInput) input: CreateProxySetInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { proxySet: await services.proxySets.create(input) };
  }
}

@Resolver(() => ProxyItem)
export class ProxyItemResolver {
  @FieldResolver(() => Artifact)
  artifact(@Root() item: ProxyItem, @Ctx() { loaders }: RequestContext) {
    return loaders.load(artifactBySha256, item.artifactSha256);
  }
}
