import { SCORE_SAMPLES, type ScoreSamplesResult, scoreSamplesResult } from "../../shared/jobs/score-samples.ts";
import { parseInput } from "../../shared/parse-input.ts";
import type { JobKind } from "../jobs/job.service.ts";
import { RANK_SAMPLES, RECORD_HISTOGRAM } from "./sample.sql.ts";

export const scoreSamplesJob: JobKind<ScoreSamplesResult> = {
  name: SCORE_SAMPLES,
  parseResult: (result) => parseInput(scoreSamplesResult, result, "result"),
  async onComplete(tx, job) {
    await tx.query(RANK_SAMPLES, [job.input.rewardModelId]);
    await tx.query(RECORD_HISTOGRAM, [job.input.rewardModelId]);
  },
};
