import { RewardModelState } from "../../shared/enums.ts";
import {
  TRAIN_REWARD_MODEL,
  type TrainRewardModelResult,
  trainRewardModelResult,
} from "../../shared/jobs/train-reward-model.ts";
import { parseInput } from "../../shared/parse-input.ts";
import type { JobKind } from "../jobs/job.service.ts";
import { RewardModel } from "./reward-model.entity.ts";

/** $1 reward model, $2 ROC curve, $3 histograms. */
const RECORD_CURVES = `
insert into reward_model_curves (reward_model_id, roc, training) values ($1, $2::jsonb, $3::jsonb)
on conflict (reward_model_id) do update set roc = excluded.roc, training = excluded.training`;

export const trainRewardModelJob: JobKind<TrainRewardModelResult> = {
  name: TRAIN_REWARD_MODEL,
  parseResult: (result) => parseInput(trainRewardModelResult, result, "result"),
  async onComplete(tx, job, { heldOut, scoreHistograms, ...made }) {
    const rewardModelId = String(job.input.rewardModelId);
    await tx.getRepository(RewardModel).update(rewardModelId, {
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
    await tx.query(RECORD_CURVES, [rewardModelId, JSON.stringify(heldOut.roc), JSON.stringify(scoreHistograms)]);
  },
  async onGiveUp(tx, job) {
    await tx.query("update reward_models set state = 'FAILED' where id = $1 and state = 'TRAINING'", [
      job.input.rewardModelId,
    ]);
  },
};
