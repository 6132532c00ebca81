import { Args, ArgsType, Authorized, Ctx, Field, ID, Query, Resolver } from "type-graphql";
import { Role } from "../../../shared/enums.ts";
import type { RequestContext } from "../../graphql/context.ts";
import { ComparedSubjectInput, Comparison, ReportedTable } from "./comparison.type.ts";

@ArgsType()
class ComparisonArgs {
  @Field(() => [ComparedSubjectInput], { description: "1 to 20, of any kinds, each once." })
  subjects!: ComparedSubjectInput[];
  @Field(() => ID, {
    nullable: true,
    description: "The subject that the others are compared with; the first by default.",
  })
  baselineId?: string | null;
  @Field(() => [String], { nullable: true, description: "Names of published tables to stand beside, up to 20." })
  reportedTables?: string[] | null;
}

@Resolver()
export class ComparisonResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Comparison, {
    description:
      "Experiments, rounds, policies and reward models side by side, by every metric and setting that any of them has. An experiment has the metrics of its last round that was measured by each, a policy those of the newest round drawn with it. Values that were computed in another way, of another prompt set or, for Frechet distances, of another number of images are marked and never ranked.",
  })
  comparison(@Args(() => ComparisonArgs) args: ComparisonArgs, @Ctx() { services }: RequestContext) {
    return services.comparisons.compare(args);
  }

  @Authorized(Role.VIEWER)
  @Query(() => [ReportedTable], { description: "The published tables that were imported, by name." })
  reportedTables(@Ctx() { services }: RequestContext) {
    return services.comparisons.reportedTables();
  }
}
