import { RewardModelState } from "../../shared/enums.ts";
import {
  TRAIN_REWARD_MODEL,
  type TrainRewardModelResult,
  trainRewardModelResult,
} from "../../shared/jobs/train-reward-model.ts";
import { parseInput } from "../../shared/parse-input.ts";
import type { JobKind } from "../jobs/job.service.ts";
import { RewardModel } from "./reward-model.entity.ts";

export const trainRewardModelJob: JobKind<TrainRewardModelResult> = {
  name: TRAIN_REWARD_MODEL,
  parseResult: (result) => parseInput(trainRewardModelResult, result, "result"),
  async onComplete(tx, job, { heldOut, ...made }) {
    await tx.getRepository(RewardModel).update(String(job.input.rewardModelId), {
      ...made,
      state: RewardModelState.TRAINED,
      heldOutAuc: heldOut.auc,
      heldOutAucLow: heldOut.aucLow,
      heldOutAucHigh: heldOut.aucHigh,
      heldOutAccuracy: heldOut.accuracy,
      heldOutEce: heldOut.ece,
      heldOutBrier: heldOut.brier,
      heldOutCount: heldOut.n,
      reliability: heldOut.reliability,
    });
  },
  async onGiveUp(tx, job) {
    await tx.query("update reward_models set state = 'FAILED' where id = $1 and state = 'TRAINING'", [
      job.input.rewardModelId,
    ]);
  },
};
