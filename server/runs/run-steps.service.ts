import type { EntityManager } from "typeorm";
import { PostTrainingMethod, RewardModelStrategy, RunStepKind } from "../../shared/enums.ts";
import { SMALLEST_FIDELITY_K } from "../../shared/jobs/measure-round.ts";
import { UserError } from "../../shared/user-error.ts";
import type { Experiment } from "../experiments/experiment.entity.ts";
import type { Job } from "../jobs/job.entity.ts";
import type { RoundMeasureService } from "../metrics/measure-round.service.ts";
import type { PairService } from "../pairs/pair.service.ts";
import type { FineTuningService } from "../post-training/fine-tune-policy.service.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import type { RewardModelService } from "../reward-models/reward-model.service.ts";
import { Round } from "../rounds/round.entity.ts";
import type { RoundService } from "../rounds/round.service.ts";
import type { SampleGenerationService } from "../samples/generate-samples.service.ts";
import type { SampleScoreService } from "../samples/sample-score.service.ts";
import type { PlannedStep } from "./run-plan.ts";
import type { RunSettings } from "./run-settings.ts";

/** Names of a round's own reward model and of the judge. */
export const OWN_MODEL = "R";
export const JUDGE = "judge";

/** What the steps are made of. */
export interface StepParts {
  rounds: RoundService;
  sampleGeneration: SampleGenerationService;
  rewardModels: RewardModelService;
  sampleScores: SampleScoreService;
  pairs: PairService;
  fineTuning: FineTuningService;
  roundMeasures: RoundMeasureService;
}

/** A step of a run that is to be begun. */
export interface StepRequest {
  experiment: Experiment;
  settings: RunSettings;
  step: Pick<PlannedStep, "roundIndex" | "kind">;
}

/** Begins the steps of runs: each is a request that a person could make, and gives the job that is there where it was made before. */
export class RunSteps {
  private readonly starters: Record<RunStepKind, (tx: EntityManager, request: StepRequest) => Promise<Job>>;

  constructor(private readonly parts: StepParts) {
    this.starters = {
      [RunStepKind.GENERATE]: (tx, request) => this.generate(tx, request),
      [RunStepKind.TRAIN_REWARD_MODEL]: (tx, request) => this.trainRewardModel(tx, request),
      [RunStepKind.TRAIN_JUDGE]: (tx, request) => this.trainJudge(tx, request),
      [RunStepKind.SCORE]: (tx, request) => this.score(tx, request),
      [RunStepKind.FINE_TUNE]: (tx, request) => this.fineTune(tx, request),
      [RunStepKind.MEASURE]: (tx, request) => this.measure(tx, request),
    };
  }

  /** @throws UserError where what the run was asked for can't be done */
  start(tx: EntityManager, request: StepRequest): Promise<Job> {
    return this.starters[request.step.kind](tx, request);
  }

  /** Opens the round with the policy that the round before leads to. The last round, which is measured alone, shows held-out prompts. */
  private async generate(tx: EntityManager, { experiment, settings, step }: StepRequest): Promise<Job> {
    const { id: experimentId, basePolicyId, plannedRounds, postTraining } = experiment;
    const { roundIndex: index } = step;
    const before = index > 1 ? await this.roundOf(tx, experiment, index - 1) : null;
    const policyInId = before ? before.policyOutId : basePolicyId;
    const round = await this.parts.rounds.openWithin(tx, { experimentId, index, policyInId });
    if (round.policyInId !== policyInId)
      throw new UserError("CONFLICT", `Round ${index} is there with another policy than round ${index - 1} leads to.`);
    const isLast = postTraining !== PostTrainingMethod.NONE && index > plannedRounds;
    return this.parts.sampleGeneration.start(tx, {
      roundId: round.id,
      promptTag: isLast ? settings.evalTag : null,
      ...settings.sampling,
    });
  }

  private async trainRewardModel(tx: EntityManager, { experiment, settings, step }: StepRequest): Promise<Job> {
    const { id: roundId } = await this.roundOf(tx, experiment, step.roundIndex);
    const { strategy, hyperparameters } = settings.rewardModel;
    return this.train(tx, settings, { roundId, name: OWN_MODEL, strategy, seed: experiment.seed, hyperparameters });
  }

  /** On the outputs of the base policy, as the first round's own, with another seed. */
  private async trainJudge(tx: EntityManager, { experiment, settings, step }: StepRequest): Promise<Job> {
    const { id: roundId } = await this.roundOf(tx, experiment, step.roundIndex);
    const hyperparameters = { ...settings.rewardModel.hyperparameters, bootstrap: null };
    const strategy = RewardModelStrategy.NAIVE;
    return this.train(tx, settings, { roundId, name: JUDGE, strategy, seed: experiment.seed + 1, hyperparameters });
  }

  private async train(tx: EntityManager, { trainTag }: RunSettings, model: object): Promise<Job> {
    const { job } = await this.parts.rewardModels.startTraining(tx, { ...model, negativePromptTag: trainTag });
    return job;
  }

  private async score(tx: EntityManager, { experiment, step }: StepRequest): Promise<Job> {
    const model = await this.modelOf(tx, experiment, step.roundIndex);
    return (await this.parts.sampleScores.startScoring(tx, model.id)).job;
  }

  private async fineTune(tx: EntityManager, { experiment, settings, step }: StepRequest): Promise<Job> {
    const { roundIndex: t } = step;
    const { id: rewardModelId, roundId } = await this.modelOf(tx, experiment, t);
    await this.parts.pairs.buildWithin(tx, { rewardModelId });
    const { job } = await this.parts.fineTuning.start(tx, {
      ...{ roundId, rewardModelId, method: experiment.postTraining, promptTag: settings.trainTag },
      name: policyName(experiment, t),
      seed: experiment.seed + t - 1,
      hyperparameters: settings.postTraining.hyperparameters,
      ...(experiment.postTraining === PostTrainingMethod.SFT && {
        picksPerPrompt: settings.postTraining.picksPerPrompt,
      }),
    });
    return job;
  }

  private async measure(tx: EntityManager, { experiment, settings, step }: StepRequest): Promise<Job> {
    const { id: roundId } = await this.roundOf(tx, experiment, step.roundIndex);
    const own = await tx.getRepository(RewardModel).findOneBy({ roundId, name: OWN_MODEL });
    if (own) await this.parts.pairs.buildWithin(tx, { rewardModelId: own.id });
    const judgeId = settings.judgeId ?? (await this.modelOf(tx, experiment, 1, JUDGE)).id;
    const { encoder, k } = experiment;
    const kinds = ["FD", "KID", "diversity", ...(k < SMALLEST_FIDELITY_K ? [] : ["fidelity"])];
    const { job } = await this.parts.roundMeasures.start(tx, {
      roundId,
      rewardModelId: own?.id ?? null,
      metrics: [...kinds.map((name) => `${name}(${encoder})`), ...settings.metrics],
      judgeIds: own && own.id !== judgeId ? [judgeId, own.id] : [judgeId],
      promptTag: settings.evalTag,
      resamples: settings.resamples,
    });
    return job;
  }

  private roundOf(tx: EntityManager, { id: experimentId }: Experiment, index: number): Promise<Round> {
    return tx.getRepository(Round).findOneByOrFail({ experimentId, index });
  }

  private async modelOf(tx: EntityManager, experiment: Experiment, index: number, name = OWN_MODEL) {
    const { id: roundId } = await this.roundOf(tx, experiment, index);
    return tx.getRepository(RewardModel).findOneByOrFail({ roundId, name });
  }
}

/** Longest name of a policy. */
const NAME_LENGTH = 200;

/** Of G^(t+1). Experiments' names are unique. */
function policyName({ name }: Experiment, t: number): string {
  const ending = `: G${t + 1}`;
  return name.slice(0, NAME_LENGTH - ending.length) + ending;
}
