import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../graphql/context.ts";
import { Job } from "../jobs/job.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import { roundIdByJob } from "./job-round.loader.ts";

@Resolver(() => Job)
export class JobRoundResolver {
  @FieldResolver(() => Round, { nullable: true, description: "The round that the job is about." })
  async round(@Root() job: Job, @Ctx() { loaders }: RequestContext): Promise<Round | null> {
    const id = await loaders.load(roundIdByJob, job.id);
    return id ? loaders.load(roundById, id) : null;
  }
}
