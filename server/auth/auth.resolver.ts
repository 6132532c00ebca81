import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { ApiToken } from "./user.entity.ts";

@ObjectType({ description: "Who the request comes from." })
class Viewer {
  @Field(() => String)
  name!: string;
  @Field(() => Role)
  role!: Role;
}

@InputType()
class CreateTokenInput {
  @Field(() => String, { description: "The person or machine it is for." })
  name!: string;
  @Field(() => Role)
  role!: Role;
  @Field(() => Int, { nullable: true, description: "1 to 3650; without it the token does not expire." })
  expiresInDays?: number | null;
}

@ObjectType()
class CreateTokenPayload {
  @Field(() => ApiToken)
  token!: ApiToken;
  @Field(() => String, { description: "Shown this once." })
  secret!: string;
}

@ObjectType()
class RevokeTokenPayload {
  @Field(() => ApiToken)
  token!: ApiToken;
}

@Resolver()
export class AuthResolver {
  @Authorized(Role.VIEWER, Role.WORKER)
  @Query(() => Viewer, { description: "Who you are here." })
  viewer(@Ctx() { principal }: RequestContext): Viewer {
    return principal as Viewer;
  }

  @Authorized(Role.ADMIN)
  @Query(() => [ApiToken], { description: "All tokens, newest first; never their secrets." })
  apiTokens(@Ctx() { services }: RequestContext): Promise<ApiToken[]> {
    return services.auth.tokens();
  }

  @Authorized(Role.ADMIN)
  @Mutation(() => CreateTokenPayload, { description: "Makes an API token; its secret is shown once." })
  createToken(@Arg("input", () => CreateTokenInput) input: CreateTokenInput, @Ctx() { services }: RequestContext) {
    return services.auth.createToken(input);
  }

  @Authorized(Role.ADMIN)
  @Mutation(() => RevokeTokenPayload, { description: "Revokes a token and ends its sessions." })
  async revokeToken(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext): Promise<RevokeTokenPayload> {
    return { token: await services.auth.revokeToken(id) };
  }
}
