import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchemaSync, type PubSub } from "type-graphql";
import { AblationCellResolver, AblationResolver, RoundAblationsResolver } from "./ablations/ablation.resolver.ts";
import { AblationGroupResolver } from "./ablations/ablation-cell.resolver.ts";
import { ArtifactResolver } from "./artifacts/artifact.resolver.ts";
import { AuthResolver } from "./auth/auth.resolver.ts";
import { ExperimentResolver } from "./experiments/experiment.resolver.ts";
import {
  ExperimentExportsResolver,
  ProxySetExportsResolver,
  RewardModelExportsResolver,
  RoundExportsResolver,
  StudyExportsResolver,
} from "./exports/export.resolver.ts";
import { FeatureResolver } from "./features/feature.resolver.ts";
import { authChecker } from "./graphql/authorization.ts";
import { callDirectly } from "./graphql/direct-resolvers.ts";
import { JobResolver } from "./jobs/job.resolver.ts";
import { WorkerResolver } from "./jobs/worker.resolver.ts";
import { ComparisonResolver } from "./metrics/comparison/comparison.resolver.ts";
import {
  MeasureRoundPayloadResolver,
  RewardModelRanksResolver,
  RoundMeasuresResolver,
} from "./metrics/measure-round.resolver.ts";
import {
  ExperimentMetricsResolver,
  MetricResolver,
  PolicyMetricsResolver,
  RewardModelMetricsResolver,
  RoundMetricsResolver,
} from "./metrics/metric.resolver.ts";
import { RoundPromptOutcomesResolver } from "./metrics/prompt-outcomes.resolver.ts";
import { ExperimentRoundMetricsResolver } from "./metrics/round-metrics.resolver.ts";
import { RoundSampleMetricsResolver, SampleMetricsResolver } from "./metrics/sample-metric.resolver.ts";
import { PairResolver, RewardModelPairsResolver } from "./pairs/pair.resolver.ts";
import { PolicyResolver } from "./policies/policy.resolver.ts";
import { PolicyFineTuningResolver } from "./post-training/fine-tune-policy.resolver.ts";
import { PromptSetResolver } from "./prompts/prompt.resolver.ts";
import { ProxyItemResolver, ProxySetResolver } from "./proxy-data/proxy-set.resolver.ts";
import { JobRoundResolver } from "./reward-models/job-round.resolver.ts";
import {
  RewardModelResolver,
  RewardModelTrainingSetResolver,
  RoundRewardModelsResolver,
} from "./reward-models/reward-model.resolver.ts";
import { RewardModelRunResolver, RewardTrainingRunResolver } from "./reward-models/training-run.resolver.ts";
import { ExperimentRoundsResolver, RoundResolver } from "./rounds/round.resolver.ts";
import { ExperimentCostResolver } from "./runs/experiment-cost.resolver.ts";
import { ExperimentRunResolver, RunResolver, RunStepResolver } from "./runs/run.resolver.ts";
import { GenerateSamplesPayloadResolver, RoundGenerationResolver } from "./samples/generate-samples.resolver.ts";
import { NearestProxyItemsResolver } from "./samples/nearest-proxy-items.resolver.ts";
import {
  LogSamplesPayloadResolver,
  PromptRowMarksResolver,
  RewardModelScoresResolver,
  RoundSamplesResolver,
  SampleMarksResolver,
  SampleResolver,
} from "./samples/sample.resolver.ts";
import { SearchResolver } from "./search/search.resolver.ts";
import { ShareLinkResolver } from "./shares/share-link.resolver.ts";
import { ParticipantResolver, StudyParticipantsResolver } from "./studies/participant.resolver.ts";
import { StudyArmResolver, StudyResolver } from "./studies/study.resolver.ts";
import { StudyAnalysisResolver } from "./studies/study-analysis.resolver.ts";

/** type-graphql asks for one; every subscription here brings its own stream of changes (`graphql/changes.ts`). */
const NO_PUB_SUB: PubSub = {
  publish: () => undefined,
  subscribe(topic) {
    throw new Error(`The subscription to ${topic} has no stream of its own.`);
  },
};

/** The whole GraphQL schema, from the resolvers of every domain. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AuthResolver,
      ArtifactResolver,
      FeatureResolver,
      JobResolver,
      WorkerResolver,
      JobRoundResolver,
      PromptSetResolver,
      ProxySetResolver,
      ProxyItemResolver,
      PolicyResolver,
      ExperimentResolver,
      RoundResolver,
      ExperimentRoundsResolver,
      RewardModelResolver,
      RewardModelTrainingSetResolver,
      RewardTrainingRunResolver,
      RewardModelRunResolver,
      RoundRewardModelsResolver,
      SampleResolver,
      NearestProxyItemsResolver,
      LogSamplesPayloadResolver,
      RoundSamplesResolver,
      SampleMarksResolver,
      PromptRowMarksResolver,
      RoundGenerationResolver,
      GenerateSamplesPayloadResolver,
      RewardModelScoresResolver,
      PairResolver,
      RewardModelPairsResolver,
      PolicyFineTuningResolver,
      MetricResolver,
      ComparisonResolver,
      RewardModelMetricsResolver,
      ExperimentRoundMetricsResolver,
      RoundMetricsResolver,
      RoundPromptOutcomesResolver,
      ExperimentMetricsResolver,
      ExperimentExportsResolver,
      RoundExportsResolver,
      RewardModelExportsResolver,
      ProxySetExportsResolver,
      AblationResolver,
      AblationCellResolver,
      AblationGroupResolver,
      RoundAblationsResolver,
      PolicyMetricsResolver,
      SampleMetricsResolver,
      RoundSampleMetricsResolver,
      RoundMeasuresResolver,
      MeasureRoundPayloadResolver,
      RewardModelRanksResolver,
      ExperimentCostResolver,
      RunResolver,
      RunStepResolver,
      ExperimentRunResolver,
      StudyResolver,
      StudyArmResolver,
      StudyParticipantsResolver,
      StudyAnalysisResolver,
      StudyExportsResolver,
      ParticipantResolver,
      SearchResolver,
      ShareLinkResolver,
    ],
    authChecker,
    pubSub: NO_PUB_SUB,
    validate: false,
  });
  callDirectly(schema);
  return schema;
}
