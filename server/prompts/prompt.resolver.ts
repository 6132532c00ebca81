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
import { Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { Prompt, PromptSet } from "./prompt.entity.ts";
import { promptSetById } from "./prompt.loader.ts";

const PromptConnection = connectionOf(Prompt, "Prompt");
const PromptSetConnection = connectionOf(PromptSet, "PromptSet");

@InputType()
class PromptInput {
  @Field(() => String)
  text!: string;
  @Field(() => [String], { nullable: true, description: "To select prompts by, such as train and eval." })
  tags?: string[];
}

@InputType()
class CreatePromptSetInput {
  @Field(() => String, { description: "Unique." })
  name!: string;
  @Field(() => String, { nullable: true })
  source?: string;
  @Field(() => [PromptInput], { description: "1 to 100,000, in order." })
  prompts!: PromptInput[];
}

@ObjectType()
class CreatePromptSetPayload {
  @Field(() => PromptSet)
  promptSet!: PromptSet;
}

@Resolver(() => PromptSet)
export class PromptSetResolver {
  @Authorized(Role.VIEWER)
  @Query(() => PromptSet, { nullable: true })
  promptSet(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(promptSetById, parseId(id, "id"));
  }

  @Authorized(Role.VIEWER)
  @Query(() => PromptSetConnection, { description: "Newest first." })
  promptSets(@Args(() => PageArgs) args: PageArgs, @Ctx() { services }: RequestContext) {
    return services.prompts.sets(args);
  }

  @FieldResolver(() => PromptConnection, { description: "In order of position." })
  prompts(@Root() set: PromptSet, @Args(() => PageArgs) args: PageArgs, @Ctx() { services }: RequestContext) {
    return services.prompts.prompts(set.id, args);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => CreatePromptSetPayload)
  async createPromptSet(
    @Arg("input", () => CreatePromptSetInput) input: CreatePromptSetInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { promptSet: await services.prompts.create(input) };
  }
}
