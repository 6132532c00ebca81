import { Arg, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { Artifact } from "./artifact.entity.ts";
import { artifactBySha256 } from "./artifact.loader.ts";

@Resolver(() => Artifact)
export class ArtifactResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Artifact, { nullable: true })
  artifact(@Arg("sha256", () => ID) sha256: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(artifactBySha256, sha256);
  }

  @FieldResolver(() => String, { description: "Path to download the bytes from." })
  url(@Root() artifact: Artifact): string {
    return `/artifacts/${artifact.sha256}`;
  }
}
