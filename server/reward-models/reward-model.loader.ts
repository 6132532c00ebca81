import { entitiesByParent, entityById } from "../graphql/loader.ts";
import { RewardModel } from "./reward-model.entity.ts";

export const rewardModelById = entityById(RewardModel);
/** In order of creation. */
export const rewardModelsByRound = entitiesByParent(RewardModel, "roundId", "id");
