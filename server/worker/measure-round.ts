import { z } from "zod";
import { type MeasureRoundResult, measureRoundInput, measureRoundResult } from "../../shared/jobs/measure-round.ts";
import type { JobHandler } from "./handler.ts";
import { measureDerived } from "./measure-derived.ts";
import { measureDistances } from "./measure-distances.ts";
import { measureSamples } from "./measure-samples.ts";
import { sampleScorersOf } from "./sample-scorers.ts";

const checkpointShape = z.object({
  /** cursor of the last page of samples whose metrics are recorded; null: none yet */
  after: z.string().nullable(),
  /** that was the last page */
  sampled: z.boolean(),
  scored: z.number(),
  /** distances measured so far, of so many samples and ranks */
  sets: measureRoundResult.shape.sets,
  samples: z.number(),
  ranked: z.number(),
});
export type MeasuringCheckpoint = z.output<typeof checkpointShape>;

const BEGINNING: MeasuringCheckpoint = { after: null, sampled: false, scored: 0, sets: [], samples: 0, ranked: 0 };
/** Share of the progress that samples' metrics have. */
const SAMPLES_SHARE = 0.6;

/**
 * Metrics of every sample that has none yet, page by page, those that follow from features too, then the distances of the round and of each rank's samples
 * (paper, Fig. 2). Both go on where a killed attempt stopped.
 */
export const measureRound: JobHandler = async (run) => {
  const input = measureRoundInput.parse(run.input);
  let checkpoint = checkpointShape.safeParse(run.checkpoint).data ?? BEGINNING;
  const save = (news: Partial<MeasuringCheckpoint>) => {
    checkpoint = { ...checkpoint, ...news };
    run.saveCheckpoint(checkpoint);
  };
  const { scorers, features } = await sampleScorersOf(run, input);
  const share = scorers.length > 0 ? SAMPLES_SHARE : 0;
  if (scorers.length > 0 && !checkpoint.sampled)
    await measureSamples(
      { ...run, report: (done, what) => run.report(share * done, what) },
      { input, scorers, checkpoint, save },
    );
  save({ scored: checkpoint.scored + (await measureDerived(run, input)) });
  const measured = await measureDistances(
    { ...run, report: (done, what) => run.report(share + (1 - share) * done, what) },
    { input, features, checkpoint, save },
  );
  const result: MeasureRoundResult = { scored: checkpoint.scored, ...measured };
  return result;
};
