import type { DataSource } from "typeorm";
import { AblationService } from "./ablations/ablation.service.ts";
import { AblationCellService } from "./ablations/ablation-cell.service.ts";
import { AblationTableService } from "./ablations/ablation-table.service.ts";
import { runAblationJob } from "./ablations/run-ablation.job.ts";
import { ArtifactService } from "./artifacts/artifact.service.ts";
import { ArtifactCollector } from "./artifacts/artifact-collector.service.ts";
import type { ArtifactStore } from "./artifacts/store.ts";
import { AuthService } from "./auth/auth.service.ts";
import { Announcements } from "./database/notifications.ts";
import { ExperimentService } from "./experiments/experiment.service.ts";
import { ExportService } from "./exports/export.service.ts";
import { FeatureService } from "./features/feature.service.ts";
import type { Services } from "./graphql/context.ts";
import { type JobOptions, JobService } from "./jobs/job.service.ts";
import { ComparisonService } from "./metrics/comparison/comparison.service.ts";
import { measureRoundJob } from "./metrics/measure-round.job.ts";
import { RoundMeasureService } from "./metrics/measure-round.service.ts";
import { MetricService } from "./metrics/metric.service.ts";
import { ReferenceResultService } from "./metrics/reference-result.service.ts";
import { SampleMetricService } from "./metrics/sample-metric.service.ts";
import { PairService } from "./pairs/pair.service.ts";
import { PolicyService } from "./policies/policy.service.ts";
import { fineTunePolicyExternallyJob, fineTunePolicyJob } from "./post-training/fine-tune-policy.job.ts";
import { FineTuningService } from "./post-training/fine-tune-policy.service.ts";
import { PromptService } from "./prompts/prompt.service.ts";
import { ProxySetService } from "./proxy-data/proxy-set.service.ts";
import { RewardModelService } from "./reward-models/reward-model.service.ts";
import { trainRewardModelJob } from "./reward-models/train-reward-model.job.ts";
import { RewardTrainingRunService } from "./reward-models/training-run.service.ts";
import { RoundService } from "./rounds/round.service.ts";
import { RunService } from "./runs/run.service.ts";
import { RunSteps } from "./runs/run-steps.service.ts";
import { generateSamplesJob } from "./samples/generate-samples.job.ts";
import { SampleGenerationService } from "./samples/generate-samples.service.ts";
import { NearestProxyItemsService } from "./samples/nearest-proxy-items.service.ts";
import { SampleService } from "./samples/sample.service.ts";
import { SampleScoreService } from "./samples/sample-score.service.ts";
import { scoreSamplesJob } from "./samples/score-samples.job.ts";
import { SearchService } from "./search/search.service.ts";
import { ShareLinkService } from "./shares/share-link.service.ts";
import { BallotService } from "./studies/ballot.service.ts";
import { HumanPairService } from "./studies/human-pairs.service.ts";
import { ParticipantService } from "./studies/participant.service.ts";
import { StudyService } from "./studies/study.service.ts";
import { StudyAnalysisService } from "./studies/study-analysis.service.ts";
import { VERSION } from "./version.ts";

/** Every domain's service over one database and one artifact store. */
export function createServices(
  db: DataSource,
  store: ArtifactStore,
  {
    artifactGraceHours = 24,
    trainingRunDays = 30,
    ...jobOptions
  }: JobOptions & { artifactGraceHours?: number; trainingRunDays?: number } = {},
): Services {
  const artifacts = new ArtifactService(db, store);
  const kinds = [
    generateSamplesJob,
    trainRewardModelJob,
    scoreSamplesJob,
    fineTunePolicyJob,
    fineTunePolicyExternallyJob,
    measureRoundJob,
    runAblationJob,
  ];
  const jobs = new JobService(db, kinds, jobOptions);
  const experiments = new ExperimentService(db);
  const announcements = new Announcements(db);
  const rewardModels = new RewardModelService(db, jobs);
  const steps = {
    rounds: new RoundService(db, experiments),
    sampleGeneration: new SampleGenerationService(db, jobs),
    rewardModels,
    sampleScores: new SampleScoreService(db, jobs),
    pairs: new PairService(db),
    fineTuning: new FineTuningService(db, jobs),
    roundMeasures: new RoundMeasureService(db, jobs, VERSION),
  };
  const metrics = new MetricService(db, announcements);
  const rewardTrainingRuns = new RewardTrainingRunService(db, artifacts, trainingRunDays);
  const studyAnalyses = new StudyAnalysisService(db);
  return {
    announcements,
    auth: new AuthService(db),
    artifacts,
    artifactCollector: new ArtifactCollector(db, store, artifactGraceHours, () => rewardTrainingRuns.letGo()),
    features: new FeatureService(db, artifacts),
    jobs,
    prompts: new PromptService(db),
    proxySets: new ProxySetService(db, artifacts),
    policies: new PolicyService(db, artifacts),
    experiments,
    ...steps,
    rewardTrainingRuns,
    samples: new SampleService(db, announcements),
    nearestProxyItems: new NearestProxyItemsService(db, artifacts),
    metrics,
    sampleMetrics: new SampleMetricService(db, announcements),
    referenceResults: new ReferenceResultService(db),
    comparisons: new ComparisonService(db),
    exports: new ExportService(db, artifacts),
    ablations: new AblationService(db, jobs, rewardModels),
    ablationCells: new AblationCellService(db, { artifacts, rewardModels, metrics }),
    ablationTables: new AblationTableService(db),
    runs: new RunService(db, jobs, new RunSteps(steps), jobOptions.onError ?? (() => undefined)),
    studies: new StudyService(db, announcements),
    studyAnalyses,
    humanPairs: new HumanPairService(db, studyAnalyses, steps.pairs),
    participants: new ParticipantService(db, announcements),
    ballots: new BallotService(db, announcements),
    search: new SearchService(db),
    shareLinks: new ShareLinkService(db),
  };
}
