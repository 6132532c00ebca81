import { entityById } from "../graphql/loader.ts";
import { Policy } from "./policy.entity.ts";

export const policyById = entityById(Policy);
