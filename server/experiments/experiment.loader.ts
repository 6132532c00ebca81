import { entityById } from "../graphql/loader.ts";
import { Experiment } from "./experiment.entity.ts";

export const experimentById = entityById(Experiment);
