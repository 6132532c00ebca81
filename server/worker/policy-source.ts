import path from "node:path";
import type { PolicyFiles } from "../../shared/jobs/generate-samples.ts";
import type { PolicySource } from "../ml/policies/policy.ts";
import type { JobRun } from "./handler.ts";

/** What a policy is loaded from: its weights out of the store, or its folder below this worker's GANRM_POLICIES_DIR. */
export async function policySourceOf({ client }: JobRun, files: PolicyFiles): Promise<PolicySource> {
  if ("weightsSha256" in files) return { weights: await client.download(files.weightsSha256) };
  return { folder: path.resolve(process.env.GANRM_POLICIES_DIR || "policies", files.folder) };
}
