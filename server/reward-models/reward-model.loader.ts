import { entitiesByParent, entityById } from "../graphql/loader.ts";
import { RewardModel } from "./reward-model.entity.ts";
import { RewardModelCurves } from "./reward-model-curves.entity.ts";

export const rewardModelById = entityById(RewardModel);
/** Null while neither its training nor a scoring has ended. */
export const curvesByRewardModel = entityById(RewardModelCurves, "rewardModelId");
/** In order of creation. */
export const rewardModelsByRound = entitiesByParent(RewardModel, "roundId", "id");
