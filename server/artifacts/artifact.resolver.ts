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
import type { RequestContext } from "../graphql/context.ts";
import { SafeInt } from "../graphql/scalars.ts";
import { Artifact } from "./artifact.entity.ts";
import { artifactBySha256 } from "./artifact.loader.ts";
import type { Collection } from "./artifact-collector.service.ts";

@InputType()
class CollectArtifactsInput {
  @Field(() => Boolean, { nullable: true, description: "True: count only, remove nothing. False by default." })
  dryRun?: boolean | null;
}

@ObjectType({ description: "What was removed or, in a dry run, would be." })
class CollectArtifactsPayload implements Collection {
  @Field(() => Int, { description: "Artifacts that nothing referred to, past their time of grace." })
  artifacts!: number;
  @Field(() => SafeInt, { description: "Their bytes, thumbnails not counted." })
  artifactBytes!: number;
  @Field(() => Int, { description: "Leftovers of uploads that never ended." })
  unfinishedUploads!: number;
  @Field(() => SafeInt)
  unfinishedBytes!: number;
}

@Resolver(() => Artifact)
export class ArtifactResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Artifact, { nullable: true })
  artifact(@Arg("sha256", () => ID) sha256: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(artifactBySha256, sha256);
  }

  @Authorized(Role.ADMIN)
  @Mutation(() => CollectArtifactsPayload, {
    description: "Removes artifacts that nothing refers to and leftovers of broken uploads. Runs daily by itself.",
  })
  collectArtifacts(
    @Arg("input", () => CollectArtifactsInput) { dryRun }: CollectArtifactsInput,
    @Ctx() { services }: RequestContext,
  ): Promise<CollectArtifactsPayload> {
    return services.artifactCollector.collect({ dryRun: dryRun ?? false });
  }

  @FieldResolver(() => String, { description: "Path to download the bytes from." })
  url(@Root() artifact: Artifact): string {
    return `/artifacts/${artifact.sha256}`;
  }
}
