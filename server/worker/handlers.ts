import { FINETUNE_POLICY } from "../../shared/jobs/fine-tune-policy.ts";
import { GENERATE_SAMPLES } from "../../shared/jobs/generate-samples.ts";
import { MEASURE_ROUND } from "../../shared/jobs/measure-round.ts";
import { RUN_ABLATION } from "../../shared/jobs/run-ablation.ts";
import { SCORE_SAMPLES } from "../../shared/jobs/score-samples.ts";
import { TRAIN_REWARD_MODEL } from "../../shared/jobs/train-reward-model.ts";
import { fineTunePolicy } from "./fine-tune-policy.ts";
import { generateSamples } from "./generate-samples.ts";
import type { JobHandler } from "./handler.ts";
import { measureRound } from "./measure-round.ts";
import { runAblation } from "./run-ablation.ts";
import { scoreSamples } from "./score-samples.ts";
import { trainRewardModel } from "./train-reward-model.ts";

/** Every kind of job that a worker can run. */
export const handlers: Record<string, JobHandler> = {
  [GENERATE_SAMPLES]: generateSamples,
  [FINETUNE_POLICY]: fineTunePolicy,
  [TRAIN_REWARD_MODEL]: trainRewardModel,
  [SCORE_SAMPLES]: scoreSamples,
  [MEASURE_ROUND]: measureRound,
  [RUN_ABLATION]: runAblation,
};
