import { RewardModelState } from "../../shared/enums.ts";
import { SCORE_SAMPLES, type ScoreSamplesResult, scoreSamplesResult } from "../../shared/jobs/score-samples.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { type JobKind, requireSubject } from "../jobs/job.service.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { RANK_SAMPLES, RECORD_HISTOGRAM } from "./sample.sql.ts";

export const scoreSamplesJob: JobKind<ScoreSamplesResult> = {
  name: SCORE_SAMPLES,
  parseResult: (result) => parseInput(scoreSamplesResult, result, "result"),
  async onComplete(tx, job) {
    await tx.query(RANK_SAMPLES, [job.input.rewardModelId]);
    await tx.query(RECORD_HISTOGRAM, [job.input.rewardModelId]);
  },
  async onRetry(tx, { input }) {
    const model = await requireSubject(tx, {
      entity: RewardModel,
      id: String(input.rewardModelId),
      what: "reward model",
    });
    if (model.state !== RewardModelState.TRAINED)
      throw new UserError(
        "REWARD_MODEL_NOT_TRAINED",
        `Reward model "${model.name}" has no weights to score with.`,
        "id",
      );
  },
};
