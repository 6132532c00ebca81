import { Ablation, AblationCell } from "./ablations/ablation.entity.ts";
import { Artifact, StrayBlob } from "./artifacts/artifact.entity.ts";
import { ApiToken, Session, User } from "./auth/user.entity.ts";
import { Experiment } from "./experiments/experiment.entity.ts";
import { FeatureRow } from "./features/feature-row.entity.ts";
import { Job } from "./jobs/job.entity.ts";
import { Worker } from "./jobs/worker.entity.ts";
import { MetricPoint, MetricSeries, ReferenceResult } from "./metrics/metric.entity.ts";
import { MetricResamples } from "./metrics/metric-resamples.entity.ts";
import { SampleMetricSeries, SampleMetricValue } from "./metrics/sample-metric.entity.ts";
import { Pair } from "./pairs/pair.entity.ts";
import { Policy } from "./policies/policy.entity.ts";
import { Prompt, PromptSet } from "./prompts/prompt.entity.ts";
import { ProxyItem, ProxySet } from "./proxy-data/proxy-set.entity.ts";
import { RewardModel } from "./reward-models/reward-model.entity.ts";
import { RewardModelCurves } from "./reward-models/reward-model-curves.entity.ts";
import { RewardTrainingRun } from "./reward-models/training-run.entity.ts";
import { Round } from "./rounds/round.entity.ts";
import { Run, RunStep } from "./runs/run.entity.ts";
import { Sample, SampleScore } from "./samples/sample.entity.ts";
import { ShareLink } from "./shares/share-link.entity.ts";
import { Assignment, Participant, StudyVote, VoteEvent } from "./studies/participant.entity.ts";
import { Study, StudyArm, StudyItem } from "./studies/study.entity.ts";

/** Every table of the product, from the bottom of the domain order up. */
export const entities = [
  User,
  ApiToken,
  Session,
  Artifact,
  StrayBlob,
  FeatureRow,
  Job,
  Worker,
  PromptSet,
  Prompt,
  ProxySet,
  ProxyItem,
  Policy,
  Experiment,
  Round,
  RewardTrainingRun,
  RewardModel,
  RewardModelCurves,
  Sample,
  SampleScore,
  Pair,
  MetricSeries,
  MetricPoint,
  MetricResamples,
  ReferenceResult,
  Ablation,
  AblationCell,
  SampleMetricSeries,
  SampleMetricValue,
  Run,
  RunStep,
  Study,
  StudyArm,
  StudyItem,
  Participant,
  Assignment,
  StudyVote,
  VoteEvent,
  ShareLink,
];
