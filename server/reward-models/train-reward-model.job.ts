import { RewardModelState } from "../../shared/enums.ts";
import {
  TRAIN_REWARD_MODEL,
  type TrainRewardModelResult,
  trainRewardModelResult,
} from "../../shared/jobs/train-reward-model.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { type JobKind, requireSubject } from "../jobs/job.service.ts";
import { RewardModel } from "./reward-model.entity.ts";

/** $1 reward model, $2 ROC curve, $3 histograms. */
const RECORD_CURVES = `
insert into reward_model_curves (reward_model_id, roc, training) values ($1, $2::jsonb, $3::jsonb)
on conflict (reward_model_id) do update set roc = excluded.roc, training = excluded.training`;

/** $1 reward model, $2 job. The job trains it; one that was given up is in training again. */
export const GIVE_MODEL_TO_JOB = `
update reward_models set job_id = $2, state = case when state = 'FAILED' then 'TRAINING' else state end where id = $1`;

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
  async onRetry(tx, { id, input }) {
    const model = await requireSubject(tx, {
      entity: RewardModel,
      id: String(input.rewardModelId),
      what: "reward model",
    });
    await tx.query(GIVE_MODEL_TO_JOB, [model.id, id]);
  },
};
