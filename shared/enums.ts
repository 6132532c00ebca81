/** Closed vocabularies that Postgres, GraphQL and the web app share. Values are their own names. */
export enum Role {
  ADMIN = "ADMIN",
  MEMBER = "MEMBER",
  VIEWER = "VIEWER",
  WORKER = "WORKER",
}
export enum ExperimentSetting {
  IMAGE_QUALITY = "IMAGE_QUALITY",
  SAFETY = "SAFETY",
  VIDEO = "VIDEO",
}
export enum ExperimentStatus {
  DRAFT = "DRAFT",
  RUNNING = "RUNNING",
  COMPLETED = "COMPLETED",
}
export enum PostTrainingMethod {
  NONE = "NONE",
  SFT = "SFT",
  DPO = "DPO",
}
export enum FineTuneMethod {
  SFT = "SFT",
  DPO = "DPO",
}
export enum PolicyOrigin {
  BASE = "BASE",
  SFT = "SFT",
  DPO = "DPO",
  IMPORTED = "IMPORTED",
}
/** Where ONNX Runtime (or an external worker) computes. */
export enum ComputeProvider {
  CPU = "CPU",
  WEBGPU = "WEBGPU",
  CUDA = "CUDA",
}
export enum RoundStatus {
  OPEN = "OPEN",
  COMPLETED = "COMPLETED",
}
export enum RewardModelStrategy {
  NAIVE = "NAIVE",
  AVERAGE = "AVERAGE",
  VOTING = "VOTING",
  BOOTSTRAP = "BOOTSTRAP",
}
export enum RewardModelState {
  TRAINING = "TRAINING",
  TRAINED = "TRAINED",
  FAILED = "FAILED",
}
export enum ProxySplit {
  TRAIN = "TRAIN",
  HELD_OUT = "HELD_OUT",
}
export enum PairSource {
  REWARD_MODEL = "REWARD_MODEL",
  HUMAN = "HUMAN",
}
export enum ArtifactKind {
  IMAGE = "IMAGE",
  MODEL = "MODEL",
  FEATURES = "FEATURES",
  CHECKPOINT = "CHECKPOINT",
  EXPORT = "EXPORT",
}
export enum JobState {
  QUEUED = "QUEUED",
  RUNNING = "RUNNING",
  SUCCEEDED = "SUCCEEDED",
  FAILED = "FAILED",
  CANCELLED = "CANCELLED",
}
export enum WorkerState {
  IDLE = "IDLE",
  BUSY = "BUSY",
  SILENT = "SILENT",
}
export enum MetricSubject {
  EXPERIMENT = "EXPERIMENT",
  ROUND = "ROUND",
  POLICY = "POLICY",
  REWARD_MODEL = "REWARD_MODEL",
  RANK_SLICE = "RANK_SLICE",
  ABLATION_CELL = "ABLATION_CELL",
}
export enum RoundAspect {
  WORK = "WORK",
  SAMPLES = "SAMPLES",
  METRICS = "METRICS",
}
export enum MetricDirection {
  HIGHER = "HIGHER",
  LOWER = "LOWER",
}
export enum ExportKind {
  PAIRS_PARQUET = "PAIRS_PARQUET",
  PAIRS_JSON_LINES = "PAIRS_JSON_LINES",
  SFT_IMAGEFOLDER = "SFT_IMAGEFOLDER",
  FEATURES_SAFETENSORS = "FEATURES_SAFETENSORS",
  WEIGHTS_SAFETENSORS = "WEIGHTS_SAFETENSORS",
  SCORER_ONNX = "SCORER_ONNX",
  IMAGE_SCORER_ONNX = "IMAGE_SCORER_ONNX",
  METRICS_CSV = "METRICS_CSV",
  VOTES_CSV = "VOTES_CSV",
  VOTES_JSON_LINES = "VOTES_JSON_LINES",
}
export enum AblationAxis {
  ENCODER = "ENCODER",
  STRATEGY = "STRATEGY",
  N = "N",
  K = "K",
  ALPHA = "ALPHA",
  M = "M",
}
export enum AblationCellState {
  PENDING = "PENDING",
  DONE = "DONE",
  FAILED = "FAILED",
}
export enum Verdict {
  BETTER = "BETTER",
  WORSE = "WORSE",
  NO_EVIDENCE = "NO_EVIDENCE",
}
export enum RunState {
  RUNNING = "RUNNING",
  SUCCEEDED = "SUCCEEDED",
  FAILED = "FAILED",
  CANCELLED = "CANCELLED",
}
export enum RunStepKind {
  GENERATE = "GENERATE",
  TRAIN_REWARD_MODEL = "TRAIN_REWARD_MODEL",
  TRAIN_JUDGE = "TRAIN_JUDGE",
  SCORE = "SCORE",
  FINE_TUNE = "FINE_TUNE",
  MEASURE = "MEASURE",
}
export enum RunStepState {
  WAITING = "WAITING",
  QUEUED = "QUEUED",
  RUNNING = "RUNNING",
  SUCCEEDED = "SUCCEEDED",
  FAILED = "FAILED",
  CANCELLED = "CANCELLED",
}
export enum RunAlarmKind {
  COLLAPSE = "COLLAPSE",
  SEPARABLE = "SEPARABLE",
}
export enum StudyState {
  DRAFT = "DRAFT",
  OPEN = "OPEN",
  CLOSED = "CLOSED",
}
export enum ArmSelection {
  SAMPLE = "SAMPLE",
  BEST_OF_K = "BEST_OF_K",
}
export enum ParticipantSource {
  LINK = "LINK",
  INVITE = "INVITE",
  PREVIEW = "PREVIEW",
}
export enum AssignmentKind {
  PRACTICE = "PRACTICE",
  VOTE = "VOTE",
  REPEAT = "REPEAT",
  ATTENTION = "ATTENTION",
}
export enum VoteChoice {
  LEFT = "LEFT",
  RIGHT = "RIGHT",
  TIE = "TIE",
  CANNOT_JUDGE = "CANNOT_JUDGE",
}

/** How a change of a metric between rounds was judged. */
export enum ChangeTest {
  PAIRED_BY_PROMPT = "PAIRED_BY_PROMPT",
  PAIRED_RESAMPLES = "PAIRED_RESAMPLES",
  INTERVALS = "INTERVALS",
  NONE = "NONE",
}
export enum SearchKind {
  EXPERIMENT = "EXPERIMENT",
  ROUND = "ROUND",
  POLICY = "POLICY",
  REWARD_MODEL = "REWARD_MODEL",
  PROMPT = "PROMPT",
  STUDY = "STUDY",
  JOB = "JOB",
}
export enum ComparedKind {
  EXPERIMENT = "EXPERIMENT",
  ROUND = "ROUND",
  POLICY = "POLICY",
  REWARD_MODEL = "REWARD_MODEL",
}
