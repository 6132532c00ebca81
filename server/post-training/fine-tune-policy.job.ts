import { ArtifactKind } from "../../shared/enums.ts";
import {
  FINETUNE_POLICY,
  FINETUNE_POLICY_EXTERNALLY,
  type FineTunePolicyResult,
  fineTunePolicyResult,
} from "../../shared/jobs/fine-tune-policy.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { type JobKind, requireSubject } from "../jobs/job.service.ts";
import { Policy } from "../policies/policy.entity.ts";
import { GIVE_POLICY_TO_JOB } from "./fine-tuning-set.sql.ts";

/** The weights that were uploaded, or the folder, become those of the policy that was asked for; its round is announced, as what leads to it. */
const fineTuning = (name: string): JobKind<FineTunePolicyResult> => ({
  name,
  parseResult: (result) => parseInput(fineTunePolicyResult, result, "result"),
  async onComplete(tx, job, { weightsSha256, folder }) {
    if (weightsSha256 === undefined) {
      await tx.query("update policies set folder = $2 where id = $1", [job.input.policyId, folder]);
      return;
    }
    const file = await tx.getRepository(Artifact).findOneBy({ sha256: weightsSha256 });
    if (file?.kind !== ArtifactKind.MODEL)
      throw new UserError(
        "BAD_INPUT",
        `result.weightsSha256: ${file ? `is of kind ${file.kind}, not MODEL` : "was never uploaded"}.`,
        "result.weightsSha256",
      );
    await tx.query("update policies set weights_sha256 = $2 where id = $1", [job.input.policyId, weightsSha256]);
  },
  async onRetry(tx, { id, input }) {
    const policy = await requireSubject(tx, { entity: Policy, id: String(input.policyId), what: "policy" });
    await tx.query(GIVE_POLICY_TO_JOB, [policy.id, id]);
  },
});

export const fineTunePolicyJob = fineTuning(FINETUNE_POLICY);
export const fineTunePolicyExternallyJob = fineTuning(FINETUNE_POLICY_EXTERNALLY);
