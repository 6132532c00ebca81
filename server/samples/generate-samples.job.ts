import { RoundStatus } from "../../shared/enums.ts";
import {
  GENERATE_SAMPLES,
  type GenerateSamplesResult,
  generateSamplesInput,
  generateSamplesResult,
} from "../../shared/jobs/generate-samples.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { type JobKind, requireSubject } from "../jobs/job.service.ts";
import { Round } from "../rounds/round.entity.ts";
import { COUNT_MISSING } from "./generate-samples.sql.ts";

/** The samples are logged by the time the worker is done; here it is seen that none is missing, and recorded how they were drawn. */
export const generateSamplesJob: JobKind<GenerateSamplesResult> = {
  name: GENERATE_SAMPLES,
  parseResult: (result) => parseInput(generateSamplesResult, result, "result"),
  async onComplete(tx, job, { sampling }) {
    const { roundId, promptTag, kFrom, kTo, seed, source } = generateSamplesInput.parse(job.input);
    const [{ n }]: [{ n: number }] = await tx.query(COUNT_MISSING, [roundId, promptTag, kFrom, kTo]);
    if (n > 0)
      throw new UserError("BAD_INPUT", `result: ${n} samples that the job was to draw are not logged.`, "result");
    await tx.query("update rounds set sampling = sampling || $2 where id = $1", [
      roundId,
      JSON.stringify({ seed, ...sampling, ...source }),
    ]);
  },
  async onRetry(tx, { input }) {
    const round = await requireSubject(tx, { entity: Round, id: String(input.roundId), what: "round" });
    if (round.status === RoundStatus.COMPLETED)
      throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more samples.", "id");
  },
};
