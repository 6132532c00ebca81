import { CreateUsersAndTokens1795478400000 } from "./202611240001-create-users-and-tokens.ts";
import { CreateArtifacts1795478401000 } from "./202611240002-create-artifacts.ts";
import { CreateJobs1795478402000 } from "./202611240003-create-jobs.ts";
import { CreatePromptSets1795478403000 } from "./202611240004-create-prompt-sets.ts";
import { CreateProxySets1795478404000 } from "./202611240005-create-proxy-sets.ts";
import { CreatePolicies1795478405000 } from "./202611240006-create-policies.ts";
import { CreateExperiments1795478406000 } from "./202611240007-create-experiments.ts";
import { CreateRounds1795478407000 } from "./202611240008-create-rounds.ts";
import { CreateRewardModels1795478408000 } from "./202611240009-create-reward-models.ts";
import { CreateSamples1795478409000 } from "./202611240010-create-samples.ts";
import { CreatePairs1795478410000 } from "./202611240011-create-pairs.ts";
import { CreateMetrics1795478411000 } from "./202611240012-create-metrics.ts";
import { QueueJobsWithPgBoss1795478420000 } from "./202611240020-queue-jobs-with-pg-boss.ts";
import { NotifyChanges1795478430000 } from "./202611240030-notify-changes.ts";
import { AddImageOnnxToRewardModels1795478450000 } from "./202611240050-add-image-onnx-to-reward-models.ts";
import { AddStepsToRewardModels1795478451000 } from "./202611240051-add-steps-to-reward-models.ts";
import { CreateFeatureRows1795478452000 } from "./202611240052-create-feature-rows.ts";
import { CollectArtifacts1795478453000 } from "./202611240053-collect-artifacts.ts";
import { StatusGoesForwardOnly1795478460000 } from "./202611240060-status-goes-forward-only.ts";
import { IndexForeignKeys1795478490000 } from "./202611240090-index-foreign-keys.ts";
import { IndexPairsByMargin1795478491000 } from "./202611240091-index-pairs-by-margin.ts";
import { CreateRewardTrainingRuns1795737601000 } from "./202611270001-create-reward-training-runs.ts";
import { AddCalibrationToRewardModels1795737602000 } from "./202611270002-add-calibration-to-reward-models.ts";
import { AddVotesToSampleScores1795737603000 } from "./202611270003-add-votes-to-sample-scores.ts";
import { CreateSampleMetrics1795737610000 } from "./202611270010-create-sample-metrics.ts";
import { AddRankSlicesToMetrics1795737611000 } from "./202611270011-add-rank-slices-to-metrics.ts";
import { CreateAblations1795737620000 } from "./202611270020-create-ablations.ts";
import { MetricsAboutAblationCells1795737621000 } from "./202611270021-metrics-about-ablation-cells.ts";
import { PoliciesCarryWeights1795737630000 } from "./202611270030-policies-carry-weights.ts";
import { RoundsLeadToAPolicy1795737631000 } from "./202611270031-rounds-lead-to-a-policy.ts";
import { AddPromptsToProxyItems1795737632000 } from "./202611270032-add-prompts-to-proxy-items.ts";
import { CreateRuns1795737640000 } from "./202611270040-create-runs.ts";
import { CreateStudies1795737650000 } from "./202611270050-create-studies.ts";
import { AddBiasToMetrics1795737660000 } from "./202611270060-add-bias-to-metrics.ts";
import { TrainingRunsEnd1795737661000 } from "./202611270061-training-runs-end.ts";
import { CreateRewardModelCurves1795737670000 } from "./202611270070-create-reward-model-curves.ts";
import { IndexWords1795737680000 } from "./202611270080-index-words.ts";
import { JobsSayWhatTheyRanOn1795737710000 } from "./202611270110-jobs-say-what-they-ran-on.ts";
import { CreateShareLinks1795737711000 } from "./202611270111-create-share-links.ts";
import { CreateWorkers1795737720000 } from "./202611270120-create-workers.ts";
import { CreateMetricResamples1795737721000 } from "./202611270121-create-metric-resamples.ts";
import { VotesAreTakenBack1795737730000 } from "./202611270130-votes-are-taken-back.ts";
import { NumberParticipantsOnce1795737731000 } from "./202611270131-number-participants-once.ts";
import { ArtifactsCountTheirFrames1795737732000 } from "./202611270132-artifacts-count-their-frames.ts";

/** Every migration, in order. */
export const migrations = [
  CreateUsersAndTokens1795478400000,
  CreateArtifacts1795478401000,
  CreateJobs1795478402000,
  CreatePromptSets1795478403000,
  CreateProxySets1795478404000,
  CreatePolicies1795478405000,
  CreateExperiments1795478406000,
  CreateRounds1795478407000,
  CreateRewardModels1795478408000,
  CreateSamples1795478409000,
  CreatePairs1795478410000,
  CreateMetrics1795478411000,
  QueueJobsWithPgBoss1795478420000,
  NotifyChanges1795478430000,
  AddImageOnnxToRewardModels1795478450000,
  AddStepsToRewardModels1795478451000,
  CreateFeatureRows1795478452000,
  CollectArtifacts1795478453000,
  StatusGoesForwardOnly1795478460000,
  IndexForeignKeys1795478490000,
  IndexPairsByMargin1795478491000,
  CreateRewardTrainingRuns1795737601000,
  AddCalibrationToRewardModels1795737602000,
  AddVotesToSampleScores1795737603000,
  CreateSampleMetrics1795737610000,
  AddRankSlicesToMetrics1795737611000,
  CreateAblations1795737620000,
  MetricsAboutAblationCells1795737621000,
  PoliciesCarryWeights1795737630000,
  RoundsLeadToAPolicy1795737631000,
  AddPromptsToProxyItems1795737632000,
  CreateRuns1795737640000,
  CreateStudies1795737650000,
  AddBiasToMetrics1795737660000,
  TrainingRunsEnd1795737661000,
  CreateRewardModelCurves1795737670000,
  IndexWords1795737680000,
  JobsSayWhatTheyRanOn1795737710000,
  CreateShareLinks1795737711000,
  CreateWorkers1795737720000,
  CreateMetricResamples1795737721000,
  VotesAreTakenBack1795737730000,
  NumberParticipantsOnce1795737731000,
  ArtifactsCountTheirFrames1795737732000,
];
