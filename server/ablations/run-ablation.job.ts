import {
  RUN_ABLATION,
  type RunAblationResult,
  runAblationInput,
  runAblationResult,
} from "../../shared/jobs/run-ablation.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { type JobKind, requireSubject } from "../jobs/job.service.ts";
import { Ablation } from "./ablation.entity.ts";
import { GIVE_TO_JOB } from "./ablation.sql.ts";
import { mustHaveSameSamples } from "./ablation-group.ts";

export const runAblationJob: JobKind<RunAblationResult> = {
  name: RUN_ABLATION,
  parseResult: (result) => parseInput(runAblationResult, result, "result"),
  /** The cells were recorded one by one; a job that leaves any has not done its work. */
  async onComplete(tx, job) {
    const [{ left }]: [{ left: number }] = await tx.query(
      "select count(*)::int as left from ablation_cells where job_id = $1 and state <> 'DONE'",
      [job.id],
    );
    if (left > 0) throw new UserError("BAD_INPUT", `result: ${left} cells of the group are not recorded.`, "result");
  },
  async onGiveUp(tx, job) {
    await tx.query("update ablation_cells set state = 'FAILED' where job_id = $1 and state = 'PENDING'", [job.id]);
  },
  async onRetry(tx, { id, input }) {
    const { ablationId, encoder, n, seed } = runAblationInput.parse(input);
    const ablation = await requireSubject(tx, { entity: Ablation, id: ablationId, what: "ablation" });
    await mustHaveSameSamples(tx, ablation, "id");
    await tx.query(GIVE_TO_JOB, [ablationId, encoder, n, seed, id]);
  },
};
