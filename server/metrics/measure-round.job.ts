import type { EntityManager } from "typeorm";
import { MetricSubject } from "../../shared/enums.ts";
import {
  MEASURE_ROUND,
  type MeasuredSet,
  type MeasureRoundResult,
  measureRoundInput,
  measureRoundResult,
  ofPrompts,
  type SetValue,
} from "../../shared/jobs/measure-round.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { tQuantile975 } from "../../shared/statistics/t-interval.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import { type JobKind, requireSubject } from "../jobs/job.service.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import {
  ADD_RESAMPLES,
  ANNOUNCE_SERIES,
  FORGET_RESAMPLES,
  RANK_MEANS,
  REPLACE_POINTS,
  ROUND_MEANS,
} from "./measure-round.sql.ts";
import { addSeries, provenanceKeyOf, seriesKeyOf, type WantedSeries } from "./series.ts";

/**
 * What a worker measured becomes metrics of the round, of each rank and of the reward model's selection (its first rank), in
 * the transaction that ends the job. Distances come with the result; means of single samples are of the record's values.
 * A step of the round or the model is how many samples were measured, so a series shows how a value settles; a repeated
 * measurement takes the place of the one at its step, because ranks are written anew as samples come.
 */
export const measureRoundJob: JobKind<MeasureRoundResult> = {
  name: MEASURE_ROUND,
  parseResult: (result) => parseInput(measureRoundResult, result, "result"),
  async onComplete(tx, job, { sets, samples, ranked }) {
    const { roundId, rewardModelId, sampleMetrics, derived, promptTag } = measureRoundInput.parse(job.input);
    const names = [...sampleMetrics, ...derived.map(({ name }) => name)];
    const means: MeanRow[] = await tx.query(ROUND_MEANS, [roundId, names, promptTag]);
    if (rewardModelId) means.push(...(await tx.query(RANK_MEANS, [rewardModelId, names, promptTag])));
    const points = [...sets.flatMap(flat), ...means.map((row) => meanOf(row, promptTag))].flatMap(
      ({ rank, ...point }): Point[] => {
        if (rank === null) return [{ ...point, subject: MetricSubject.ROUND, subjectId: roundId, step: samples }];
        if (!rewardModelId) return [];
        const slice = { ...point, subject: MetricSubject.RANK_SLICE, subjectId: rewardModelId, step: rank };
        return rank > 1 ? [slice] : [slice, { ...slice, subject: MetricSubject.REWARD_MODEL, step: ranked }];
      },
    );
    await record(tx, points);
  },
  async onRetry(tx, { input }) {
    const { roundId, rewardModelId } = measureRoundInput.parse(input);
    await requireSubject(tx, { entity: Round, id: roundId, what: "round" });
    if (rewardModelId) await requireSubject(tx, { entity: RewardModel, id: rewardModelId, what: "reward model" });
  },
};

type Point = WantedSeries & Omit<SetValue, "rank"> & { step: number };

/** A row of ROUND_MEANS or RANK_MEANS. */
interface MeanRow extends Omit<MeasuredSet, "values"> {
  rank: number | null;
  n: number;
  prompts: number;
  mean: number;
  deviation: number | null;
  total: number;
  isShare: boolean;
}

type Measure = Omit<WantedSeries, "subject" | "subjectId"> & SetValue;

const flat = ({ values, ...series }: MeasuredSet): Measure[] =>
  values.map((value) => ({ ...series, ...value, provenanceKey: provenanceKeyOf(series.provenance) }));

/** A share has Wilson's interval over samples, a mean Student's over prompts; that of one prompt has none. */
function meanOf(row: MeanRow, promptTag: string | null): Measure {
  const { name, direction, rank, n, prompts, mean, deviation, total, isShare } = row;
  const statistic = isShare ? "share" : "mean over prompts";
  const provenance = { ...row.provenance, ...ofPrompts(promptTag), statistic };
  const series = { name, direction, provenance, provenanceKey: provenanceKeyOf(provenance), rank, n };
  const none = { bias: null, resampled: null };
  if (isShare) return { ...series, ...none, value: total / n, ...wilsonInterval(total, n) };
  const half = deviation === null ? null : (tQuantile975(prompts - 1) * deviation) / Math.sqrt(prompts);
  return {
    ...series,
    ...none,
    value: mean,
    low: half === null ? null : mean - half,
    high: half === null ? null : mean + half,
  };
}

async function record(tx: EntityManager, measured: Point[]): Promise<void> {
  const points = [...new Map(measured.map((point) => [`${seriesKeyOf(point)}\n${point.step}`, point])).values()];
  if (points.length === 0) return;
  const wanted = new Map(points.map((point) => [seriesKeyOf(point), point]));
  const series = await addSeries(tx, [...wanted.values()]);
  const ids = new Map(series.map((one) => [seriesKeyOf(one), one.id]));
  const column = <T>(pick: (point: Point) => T, of = points) => of.map(pick);
  const idOf = (point: Point) => ids.get(seriesKeyOf(point));
  await tx.query(REPLACE_POINTS, [
    column(idOf),
    column((p) => p.step),
    column((p) => p.value),
    column((p) => p.n),
    column((p) => p.low),
    column((p) => p.high),
    column((p) => p.bias),
  ]);
  await tx.query(FORGET_RESAMPLES, [column(idOf), column((p) => p.step)]);
  const drawn = points.filter(({ resampled }) => resampled !== null);
  if (drawn.length > 0)
    await tx.query(ADD_RESAMPLES, [
      column(idOf, drawn),
      column((p) => p.step, drawn),
      JSON.stringify(column((p) => p.resampled, drawn)),
    ]);
  await tx.query(ANNOUNCE_SERIES, [[...ids.values()]]);
}
