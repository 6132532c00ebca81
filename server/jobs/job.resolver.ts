import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { ComputeProvider, JobState, Role } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import type { Change } from "../graphql/changes.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { Job } from "./job.entity.ts";
import { jobById, workAgain } from "./job.loader.ts";

interface JobWatch {
  context: RequestContext;
  args: { id: string };
}
interface JobsWatch {
  context: RequestContext;
  args: { experimentId?: string | null };
}

const JobConnection = connectionOf(Job, "Job");

@ArgsType()
class JobsArgs extends PageArgs {
  @Field(() => JobState, { nullable: true })
  state?: JobState | null;
  @Field(() => String, { nullable: true })
  kind?: string | null;
}

@InputType()
class LeaseJobInput {
  @Field(() => String, { description: "The worker's name, such as host:pid." })
  worker!: string;
  @Field(() => [String], { description: "Job kinds it can run." })
  kinds!: string[];
  @Field(() => ComputeProvider, { nullable: true, description: "Where it computes." })
  provider?: ComputeProvider | null;
  @Field(() => String, { nullable: true, description: "On what, such as the GPU's name." })
  device?: string | null;
}

@ObjectType()
class LeaseJobPayload {
  @Field(() => Job, { nullable: true, description: "Null: nothing to do now." })
  job!: Job | null;
  @Field(() => ID, { nullable: true, description: "Show it with every call about this job." })
  leaseToken!: string | null;
}

@InputType()
class HeartbeatInput {
  @Field(() => ID)
  jobId!: string;
  @Field(() => ID)
  leaseToken!: string;
  @Field(() => Float, { nullable: true, description: "0 to 1." })
  progress?: number | null;
  @Field(() => String, { nullable: true })
  message?: string | null;
  @Field(() => JSONObject, { nullable: true, description: "Where another worker would resume." })
  checkpoint?: Record<string, unknown> | null;
  @Field(() => String, { nullable: true, description: "Log lines since the last heartbeat." })
  log?: string | null;
}

@ObjectType()
class HeartbeatPayload {
  @Field(() => Boolean, { description: "Somebody asked to cancel: stop and report it." })
  cancelRequested!: boolean;
}

@InputType()
class FinishJobInput {
  @Field(() => ID)
  jobId!: string;
  @Field(() => ID)
  leaseToken!: string;
  @Field(() => JSONObject, { nullable: true, description: "The result, when it succeeded." })
  result?: Record<string, unknown> | null;
  @Field(() => String, { nullable: true, description: "The error, when it failed." })
  error?: string | null;
  @Field(() => Boolean, { nullable: true, description: "True: trying again can't help." })
  final?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: "True: stopped because a cancel was asked for." })
  cancelled?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: "True: the worker is being stopped; queued again, no attempt lost.",
  })
  released?: boolean | null;
}

@ObjectType()
export class JobPayload {
  @Field(() => Job)
  job!: Job;
}

@Resolver(() => Job)
export class JobResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Job, { nullable: true })
  job(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(jobById, parseId(id, "id"));
  }

  @Authorized(Role.VIEWER)
  @Query(() => JobConnection, { description: "Newest first." })
  jobs(@Args(() => JobsArgs) args: JobsArgs, @Ctx() { services }: RequestContext) {
    return services.jobs.list(args);
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Job, {
    description: "The job as it is, and again whenever it changes, five times a second at most.",
    async subscribe({ args, context }: JobWatch) {
      const id = parseId(args.id, "id");
      await context.loaders.require(jobById, id, { what: "job" });
      return context.changes.watch({ topic: "jobs", id });
    },
  })
  jobUpdated(@Arg("id", () => ID) _id: string, @Root() change: Change, @Ctx() { loaders }: RequestContext) {
    return loaders.require(jobById, change.id, { what: "job" });
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Job, {
    description: "Each job that is new or changes, from now on: all jobs, or those about rounds of one experiment.",
    subscribe({ args: { experimentId }, context }: JobsWatch) {
      const whose = experimentId ? { parentId: parseId(experimentId, "experimentId") } : { all: true as const };
      return context.changes.watch({ topic: "jobs", ...whose });
    },
  })
  jobsUpdated(
    @Arg("experimentId", () => ID, { nullable: true }) _experimentId: string | null,
    @Root() change: Change,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.require(jobById, change.id, { what: "job" });
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => JobPayload, { description: "Stops a job; a running one stops at its worker's next heartbeat." })
  async cancelJob(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext): Promise<JobPayload> {
    return { job: await services.jobs.cancel(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => JobPayload, {
    description:
      "Does the work of a job that failed or was cancelled again, from its last checkpoint: a new job, or the one that does so already. A run that failed by it goes on.",
  })
  async retryJob(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext): Promise<JobPayload> {
    return { job: await services.jobs.retry(id) };
  }

  @FieldResolver(() => Job, {
    nullable: true,
    description: "Of a job that failed or was cancelled: the one that does its work again, or has done it.",
  })
  retriedAs(@Root() job: Job, @Ctx() { loaders }: RequestContext): Promise<Job | null> | null {
    return job.state === JobState.FAILED || job.state === JobState.CANCELLED ? loaders.load(workAgain, job.id) : null;
  }

  @Authorized(Role.WORKER)
  @Mutation(() => LeaseJobPayload, { description: "Takes the next job, for workers." })
  async leaseJob(
    @Arg("input", () => LeaseJobInput) input: LeaseJobInput,
    @Ctx() { services }: RequestContext,
  ): Promise<LeaseJobPayload> {
    const job = await services.jobs.lease(input.worker, input.kinds, input);
    return { job, leaseToken: job?.leaseToken ?? null };
  }

  @Authorized(Role.WORKER)
  @Mutation(() => HeartbeatPayload, { description: "Keeps a lease and reports progress, for workers." })
  async heartbeat(
    @Arg("input", () => HeartbeatInput) input: HeartbeatInput,
    @Ctx() { services }: RequestContext,
  ): Promise<HeartbeatPayload> {
    return { cancelRequested: await services.jobs.heartbeat(input.jobId, input.leaseToken, input) };
  }

  @Authorized(Role.WORKER)
  @Mutation(() => JobPayload, {
    description: "Ends a leased job with a result, an error or as cancelled, for workers.",
  })
  async finishJob(
    @Arg("input", () => FinishJobInput) input: FinishJobInput,
    @Ctx() { services }: RequestContext,
  ): Promise<JobPayload> {
    return { job: await services.jobs.finish(input) };
  }
}
