import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
  Subscription,
} from "type-graphql";
import { RewardModelStrategy, Role, RunAlarmKind, RunState, RunStepKind, RunStepState } from "../../shared/enums.ts";
import { parseId } from "../../shared/parse-input.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { experimentById } from "../experiments/experiment.loader.ts";
import type { Change } from "../graphql/changes.ts";
import type { RequestContext } from "../graphql/context.ts";
import { JSONObject } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";
import { jobById } from "../jobs/job.loader.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundsByExperiment } from "../rounds/round.loader.ts";
import type { EarlyStop } from "./early-stop.ts";
import { Run } from "./run.entity.ts";
import { type AlarmOfRun, alarmsByRun, progressByRun, runByExperiment, runById } from "./run.loader.ts";
import type { StepOfRun } from "./run-progress.ts";
import { secondsLeft } from "./time-left.ts";

registerEnumType(RunStepState, {
  name: "RunStepState",
  description: "WAITING for other steps; then as its job.",
});
registerEnumType(RunAlarmKind, {
  name: "RunAlarmKind",
  description:
    "COLLAPSE: the samples of a prompt have become alike. SEPARABLE: the reward model tells proxy data from outputs without fail, perhaps by artefacts.",
});

interface RunWatch {
  context: RequestContext;
  args: { id: string };
}

@InputType()
class RunSamplingInput {
  @Field(() => Int, { nullable: true, description: "Integration steps; the policy's own by default." })
  steps?: number | null;
  @Field(() => Float, { nullable: true, description: "The policy's own by default." })
  guidance?: number | null;
  @Field(() => String, { nullable: true, description: "The policy's own by default." })
  scheduler?: string | null;
}

@InputType()
class RunRewardModelInput {
  @Field(() => RewardModelStrategy, { nullable: true, description: "As of trainRewardModel." })
  strategy?: RewardModelStrategy;
  @Field(() => JSONObject, { nullable: true, description: "As of trainRewardModel." })
  hyperparameters?: Record<string, unknown>;
}

@InputType()
class RunPostTrainingInput {
  @Field(() => JSONObject, { nullable: true, description: "As of fineTunePolicy, of the experiment's method." })
  hyperparameters?: Record<string, unknown>;
  @Field(() => Int, {
    nullable: true,
    description: "Of SFT: so many of the best samples of each prompt; 1 by default.",
  })
  picksPerPrompt?: number | null;
}

@InputType()
class RunEarlyStoppingInput {
  @Field(() => Int, {
    nullable: true,
    description: "So many rounds in a row whose KID is not below that of every round before end the run; 1 by default.",
  })
  patience?: number;
}

@InputType()
class RunExperimentInput {
  @Field(() => ID, {
    description: "Its base policy carries weights. Rounds, method, K, encoder and seed are the experiment's.",
  })
  experimentId!: string;
  @Field(() => String, {
    nullable: true,
    description: 'Prompts that models and policies are trained on; "train" by default.',
  })
  trainTag?: string;
  @Field(() => String, {
    nullable: true,
    description: 'Prompts that rounds are measured on, never trained on; "eval" by default.',
  })
  evalTag?: string;
  @Field(() => RunSamplingInput, { nullable: true })
  sampling?: RunSamplingInput;
  @Field(() => RunRewardModelInput, { nullable: true })
  rewardModel?: RunRewardModelInput;
  @Field(() => RunPostTrainingInput, { nullable: true })
  postTraining?: RunPostTrainingInput;
  @Field(() => RunEarlyStoppingInput, {
    nullable: true,
    description:
      "Stops post-training when KID no longer falls, or fidelity is below round 1's interval; each round is then measured before it is trained from. By default all planned rounds are run.",
  })
  earlyStopping?: RunEarlyStoppingInput | null;
  @Field(() => ID, {
    nullable: true,
    description: "A trained reward model by which all rounds are measured; by default one more is trained in round 1.",
  })
  judgeId?: string | null;
  @Field(() => [String], {
    nullable: true,
    description:
      "As of measureRound, beside FD, KID, diversity and fidelity of the experiment's encoder and the rewards.",
  })
  metrics?: string[];
  @Field(() => Int, { nullable: true, description: "Resamples of an FD's interval; 200 by default." })
  resamples?: number;
}

@ObjectType()
class RunPayload {
  @Field(() => Run)
  run!: Run;
}

@ObjectType({ description: "A step of a run." })
class RunStepView implements StepOfRun {
  experimentId!: string;
  jobId!: string | null;
  seconds!: number | null;
  @Field(() => Int, { description: "t; T + 1 is the measurement of the last policy." })
  roundIndex!: number;
  @Field(() => RunStepKind)
  kind!: RunStepKind;
  @Field(() => RunStepState)
  state!: RunStepState;
  @Field(() => Float, { description: "0 to 1." })
  progress!: number;
}

@ObjectType({ simpleResolvers: true, description: "Something that a round's numbers may hide." })
class RunAlarm implements AlarmOfRun {
  @Field(() => RunAlarmKind)
  kind!: RunAlarmKind;
  @Field(() => Int)
  roundIndex!: number;
  @Field(() => Float, { description: "The diversity, or the held-out AUC." })
  value!: number;
  @Field(() => Float, { description: "Below it (COLLAPSE), or from it on (SEPARABLE)." })
  threshold!: number;
}

@ObjectType({ simpleResolvers: true, description: "Why a run post-trained no further than to a round." })
class RunEarlyStop implements EarlyStop {
  @Field(() => Int)
  roundIndex!: number;
  @Field(() => String, { description: "KID or fidelity, by the experiment's encoder, on held-out prompts." })
  metric!: EarlyStop["metric"];
  @Field(() => Float)
  value!: number;
  @Field(() => Float, { description: "The lowest KID of the rounds before, or the lower end of round 1's fidelity." })
  threshold!: number;
}

const progressOf = ({ id }: Run, { loaders }: Pick<RequestContext, "loaders">) =>
  loaders.require(progressByRun, id, { what: "run" });

@Resolver(() => Run)
export class RunResolver {
  @Authorized(Role.VIEWER)
  @Query(() => Run, { nullable: true })
  run(@Arg("id", () => ID) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(runById, parseId(id, "id"));
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RunPayload, {
    description:
      "Runs Algorithm 1 over the experiment's planned rounds: draw, train R^t, score, pair, measure, post-train, and again; then measures the last policy. Goes on by itself after a crash.",
  })
  async runExperiment(
    @Arg("input", () => RunExperimentInput) input: RunExperimentInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { run: await services.runs.start(input) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RunPayload, { description: "Cancels a run and its jobs. What is recorded stays; resumeRun goes on." })
  async cancelRun(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { run: await services.runs.cancel(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => RunPayload, { description: "Goes on with a run that failed or was cancelled." })
  async resumeRun(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { run: await services.runs.resume(id) };
  }

  @Authorized(Role.VIEWER)
  @Subscription(() => Run, {
    description: "The run as it is, and again whenever a step begins, goes on or ends, five times a second at most.",
    async subscribe({ args, context }: RunWatch) {
      const id = parseId(args.id, "id");
      await context.loaders.require(runById, id, { what: "run" });
      return context.changes.watch({ topic: "runs", id });
    },
  })
  runUpdated(@Arg("id", () => ID) _id: string, @Root() change: Change, @Ctx() { loaders }: RequestContext) {
    return loaders.require(runById, change.id, { what: "run" });
  }

  @FieldResolver(() => Experiment)
  experiment(@Root() run: Run, @Ctx() { loaders }: RequestContext) {
    return loaders.load(experimentById, run.experimentId);
  }

  @FieldResolver(() => [RunStepView], { description: "All steps, in order; up to an early stop." })
  async steps(@Root() run: Run, @Ctx() context: RequestContext) {
    return (await progressOf(run, context)).steps;
  }

  @FieldResolver(() => Float, { description: "0 to 1: the mean of its steps' progress." })
  async progress(@Root() run: Run, @Ctx() context: RequestContext): Promise<number> {
    const { steps } = await progressOf(run, context);
    return steps.reduce((sum, { progress }) => sum + progress, 0) / Math.max(1, steps.length);
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      "Seconds to its end, if one worker goes on as in the rounds so far; null while a kind of step is still unknown, and when nothing runs.",
  })
  async secondsLeft(@Root() run: Run, @Ctx() context: RequestContext): Promise<number | null> {
    return run.state === RunState.RUNNING ? secondsLeft((await progressOf(run, context)).steps) : null;
  }

  @FieldResolver(() => RunEarlyStop, { nullable: true, description: "Null unless earlyStopping ended it." })
  async earlyStop(@Root() run: Run, @Ctx() context: RequestContext) {
    return (await progressOf(run, context)).earlyStop;
  }

  @FieldResolver(() => [RunAlarm], { description: "In order of rounds." })
  alarms(@Root() run: Run, @Ctx() { loaders }: RequestContext) {
    return loaders.load(alarmsByRun, run.id);
  }
}

@Resolver(() => RunStepView)
export class RunStepResolver {
  @FieldResolver(() => Job, { nullable: true, description: "Null until it begins." })
  job(@Root() step: RunStepView, @Ctx() { loaders }: RequestContext) {
    return step.jobId ? loaders.load(jobById, step.jobId) : null;
  }

  @FieldResolver(() => Round, { nullable: true, description: "Null until it is open." })
  async round(@Root() step: RunStepView, @Ctx() { loaders }: RequestContext) {
    const rounds = await loaders.load(roundsByExperiment, step.experimentId);
    return rounds.find(({ index }) => index === step.roundIndex) ?? null;
  }
}

@Resolver(() => Experiment)
export class ExperimentRunResolver {
  @FieldResolver(() => Run, { nullable: true, description: "What runExperiment started." })
  run(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext) {
    return loaders.load(runByExperiment, experiment.id);
  }
}
