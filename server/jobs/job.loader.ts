import { entityById } from "../graphql/loader.ts";
import { Job } from "./job.entity.ts";

export const jobById = entityById(Job);
