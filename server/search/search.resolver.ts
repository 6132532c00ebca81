import { Arg, Authorized, Ctx, Field, ID, Int, ObjectType, Query, Resolver, registerEnumType } from "type-graphql";
import { Role, SearchKind } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import type { SearchHit as Hit } from "./search.service.ts";

registerEnumType(SearchKind, { name: "SearchKind", description: "What the search finds." });

@ObjectType({ simpleResolvers: true, description: "Something that the search found, and where it is shown." })
class SearchHit implements Hit {
  @Field(() => SearchKind)
  kind!: SearchKind;
  @Field(() => ID, { description: "Of the object." })
  id!: string;
  @Field(() => String, { description: "Its name; a prompt's text, a job's kind." })
  title!: string;
  @Field(() => String, {
    nullable: true,
    description: "Its state or origin, or what it belongs to: a round's experiment, a prompt's set.",
  })
  detail!: string | null;
  @Field(() => ID, { nullable: true, description: "The experiment that it belongs to; the newest of several." })
  experimentId!: string | null;
  @Field(() => ID, {
    nullable: true,
    description: "The round that it belongs to; the newest of several: of a policy's own, or with a prompt's set.",
  })
  roundId!: string | null;
}

@Resolver()
export class SearchResolver {
  @Authorized(Role.VIEWER)
  @Query(() => [SearchHit], {
    description:
      "Experiments, rounds, policies, reward models, studies, prompts and jobs (the newest 2,000), in this order: by id, or by the beginnings of all words. “round 2” and “shapes round 2” find rounds; “failed” and “train” find jobs.",
  })
  search(
    @Arg("text", () => String, { description: "1 to 200 characters." }) text: string,
    @Arg("first", () => Int, { nullable: true, description: "Most of each kind, 1 to 20; 6 by default." })
    first: number | null,
    @Ctx() { services }: RequestContext,
  ) {
    return services.search.search({ text, first });
  }
}
