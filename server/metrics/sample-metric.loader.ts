import type { MetricDirection } from "../../shared/enums.ts";
import { entitiesByParent, type LoaderDefinition } from "../graphql/loader.ts";
import { SampleMetricSeries } from "./sample-metric.entity.ts";

/** By name. Index sample_metric_series_round_id_name_provenance_key_key. */
export const sampleSeriesByRound = entitiesByParent(SampleMetricSeries, "roundId", "name");

/** One metric of one sample. */
export interface SampleMetric {
  sampleId: string;
  seriesId: string;
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  value: number;
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Every metric of a sample, by name; [] when there is none. Index sample_metric_values_sample_id_idx. */
export const metricsBySample: LoaderDefinition<string, SampleMetric[]> = {
  name: "metricsBySample",
  async loadMany(db, sampleIds) {
    const values: Pick<SampleMetric, "sampleId" | "seriesId" | "value">[] = await db.query(
      `select v.sample_id as "sampleId", v.series_id as "seriesId", v.value from sample_metric_values v where v.sample_id = any($1)`,
      [sampleIds],
    );
    // A page has hundreds of values of a few series: their provenance is read once.
    const series: Omit<SampleMetric, "sampleId" | "value">[] = await db.query(
      `select s.id as "seriesId", s.name, s.direction, s.provenance from sample_metric_series s where s.id = any($1)`,
      [[...new Set(values.map((value) => value.seriesId))]],
    );
    const seriesById = new Map(series.map((one) => [one.seriesId, one]));
    const bySample = new Map<string, SampleMetric[]>(sampleIds.map((id) => [id, []]));
    for (const value of values) {
      const one = seriesById.get(value.seriesId);
      if (one) bySample.get(value.sampleId)?.push({ ...one, ...value });
    }
    for (const own of bySample.values()) own.sort((a, b) => compare(a.name, b.name) || compare(a.seriesId, b.seriesId));
    return sampleIds.map((id) => bySample.get(id) ?? []);
  },
};
