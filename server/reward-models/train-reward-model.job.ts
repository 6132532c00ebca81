import {
  TRAIN_REWARD_MODEL,
  type TrainRewardModelResult,
  trainRewardModelResult,
} from "../../shared/jobs/train-reward-model.ts";
import { parseInput } from "../../shared/parse-input.ts";
import type { JobKind } from "../jobs/job.service.ts";

export const trainRewardModelJob: JobKind<TrainRewardModelResult> = {
  name: TRAIN_REWARD_MODEL,
  parseResult: (result) => parseInput(trainRewardModelResult, result, "result"),
  async onComplete(tx, job, { weightsSha256, onnxSha256, heldOut }) {
    await tx.query(
      `update reward_models set state = 'TRAINED', weights_sha256 = $2, onnx_sha256 = $3, held_out_auc = $4, held_out_accuracy = $5,
         held_out_ece = $6, held_out_count = $7 where id = $1`,
      [job.input.rewardModelId, weightsSha256, onnxSha256, heldOut.auc, heldOut.accuracy, heldOut.ece, heldOut.n],
    );
  },
  async onGiveUp(tx, job) {
    await tx.query("update reward_models set state = 'FAILED' where id = $1 and state = 'TRAINING'", [
      job.input.rewardModelId,
    ]);
  },
};
