import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { Role, WorkerState } from "../../shared/enums.ts";
import type { RequestContext } from "../graphql/context.ts";
import { Job } from "./job.entity.ts";
import { jobOfWorker } from "./job.loader.ts";
import { Worker } from "./worker.entity.ts";

@Resolver(() => Worker)
export class WorkerResolver {
  @Authorized(Role.VIEWER)
  @Query(() => [Worker], {
    description: "Workers that were heard of in the last five minutes, idle ones too, by name; 200 at most.",
  })
  workers(@Ctx() { services }: RequestContext) {
    return services.jobs.workers.list();
  }

  @FieldResolver(() => WorkerState)
  state(@Root() worker: Worker & { state: WorkerState }): WorkerState {
    return worker.state;
  }

  @FieldResolver(() => Job, { nullable: true, description: "What it works on." })
  job(@Root() worker: Worker & { state: WorkerState }, @Ctx() { loaders }: RequestContext): Promise<Job | null> | null {
    return worker.state === WorkerState.IDLE ? null : loaders.load(jobOfWorker, worker.name);
  }
}
