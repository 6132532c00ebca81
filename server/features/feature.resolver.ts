import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { FeatureRow } from "./feature-row.entity.ts";

@InputType()
class RegisterFeaturesInput {
  @Field(() => ID, { description: "SHA-256 over all that fixes the features: model file, version, preprocessing." })
  encoderKey!: string;
  @Field(() => ID, { description: "The uploaded matrix, of kind FEATURES." })
  matrixSha256!: string;
  @Field(() => [ID], { description: "Image artifacts, in the order of the matrix's rows; up to 5,000." })
  images!: string[];
}

@ObjectType()
class RegisterFeaturesPayload {
  @Field(() => [FeatureRow], { description: "Where the features of these images are: the first that were registered." })
  rows!: FeatureRow[];
}

@Resolver(() => FeatureRow)
export class FeatureResolver {
  @Authorized(Role.VIEWER, Role.WORKER)
  @Query(() => [FeatureRow], {
    description: "Which of up to 5,000 images an encoder has seen; the others are left out.",
  })
  featureRows(
    @Arg("encoderKey", () => ID) encoderKey: string,
    @Arg("images", () => [ID]) images: string[],
    @Ctx() { services }: RequestContext,
  ) {
    return services.features.find({ encoderKey, images });
  }

  @Authorized(Role.WORKER)
  @Mutation(() => RegisterFeaturesPayload, {
    description: "Records the features of images, for workers. Images that are recorded already keep their first row.",
  })
  async registerFeatures(
    @Arg("input", () => RegisterFeaturesInput) input: RegisterFeaturesInput,
    @Ctx() { services }: RequestContext,
  ): Promise<RegisterFeaturesPayload> {
    return { rows: await services.features.register(input) };
  }
}
