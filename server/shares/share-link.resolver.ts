import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { ShareLink } from "./share-link.entity.ts";

@InputType()
class CreateShareLinkInput {
  @Field(() => ID)
  experimentId!: string;
  @Field(() => String, { description: "Whom it is for." })
  name!: string;
  @Field(() => Int, { nullable: true, description: "1 to 365; 30 by default." })
  expiresInDays?: number;
}

@ObjectType()
class CreateShareLinkPayload {
  @Field(() => ShareLink)
  link!: ShareLink;
  @Field(() => String, {
    description:
      "The link below the server's address, with its secret after the #, which no browser sends. Shown this once.",
  })
  path!: string;
}

@ObjectType()
class RevokeShareLinkPayload {
  @Field(() => ShareLink)
  link!: ShareLink;
}

@Resolver()
export class ShareLinkResolver {
  @Authorized(Role.MEMBER)
  @Query(() => [ShareLink], { description: "All share links of an experiment, newest first; never their secrets." })
  shareLinks(@Arg("experimentId", () => ID) experimentId: string, @Ctx() { services }: RequestContext) {
    return services.shareLinks.ofExperiment(experimentId);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => CreateShareLinkPayload, {
    description:
      "Makes a link that shows an experiment's report and samples, and nothing else, to whoever has it, until it expires or is revoked.",
  })
  async createShareLink(
    @Arg("input", () => CreateShareLinkInput) input: CreateShareLinkInput,
    @Ctx() { services, principal }: RequestContext,
  ): Promise<CreateShareLinkPayload> {
    const { link, token } = await services.shareLinks.create(input, principal?.name ?? "");
    return { link, path: `/share/${link.id}#${token}` };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RevokeShareLinkPayload, { description: "Revokes a share link: from now on it shows nothing." })
  async revokeShareLink(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { link: await services.shareLinks.revoke(id) };
  }
}
