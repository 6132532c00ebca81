import { entityById } from "../graphql/loader.ts";
import { RewardTrainingRun } from "./training-run.entity.ts";

export const rewardTrainingRunByKey = entityById(RewardTrainingRun, "key");
