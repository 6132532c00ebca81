import { Arg, Authorized, Ctx, Field, Float, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import { Role } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { ProxyItem } from "../proxy-data/proxy-set.entity.ts";
import type { NearProxyItem as Near, NearestProxyItems as Nearest } from "./nearest-proxy-items.service.ts";

@ObjectType({ simpleResolvers: true, description: "An item of the proxy set, and how far a sample is from it." })
class NearProxyItem implements Near {
  @Field(() => ProxyItem)
  item!: ProxyItem;
  @Field(() => Float, { description: "1 - cos of the two images' features, in [0, 2]; near 0: alike to the encoder." })
  distance!: number;
}

@ObjectType({ simpleResolvers: true, description: "What of the proxy data a sample is most like, to the encoder." })
class NearestProxyItems implements Nearest {
  @Field(() => String, { description: "The encoder's name and version." })
  encoder!: string;
  @Field(() => Int, { description: "Items that were looked at: those that the encoder has seen, at most 50,000." })
  compared!: number;
  @Field(() => Int, { description: "Items of the proxy set." })
  itemCount!: number;
  @Field(() => [NearProxyItem], { description: "Nearest first." })
  items!: Near[];
}

@Resolver()
export class NearestProxyItemsResolver {
  @Authorized(Role.VIEWER)
  @Query(() => NearestProxyItems, {
    nullable: true,
    description:
      "The items of its experiment's proxy set that a sample is nearest to, by cosine distance of the features that training and scoring stored. Null while the sample was not encoded.",
  })
  nearestProxyItems(
    @Arg("sampleId", () => ID) sampleId: string,
    @Arg("first", () => Int, { defaultValue: 6, description: "1 to 24." }) first: number,
    @Ctx() { services }: RequestContext,
  ) {
    return services.nearestProxyItems.find({ sampleId, first });
  }
}
