import { entitiesByParent, entityById } from "../graphql/loader.ts";
import { Round } from "./round.entity.ts";

export const roundById = entityById(Round);
/** In order of t. */
export const roundsByExperiment = entitiesByParent(Round, "experimentId", "index");
