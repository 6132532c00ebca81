import type { MetricDirection } from "../../shared/enums.ts";
import type { LoaderDefinition } from "../graphql/loader.ts";

/** A metric over the samples of one rank, across prompts. */
export interface RankValue {
  rank: number;
  value: number;
  low: number | null;
  high: number | null;
  bias: number | null;
  n: number | null;
}

/** A metric of every rank, computed one way. */
export interface RankSlices {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  ranks: RankValue[];
}

/** Index metric_series_subject_id_name_provenance_key_subject_key, then the primary key of metric_points. */
const RANK_SLICES = `
select s.subject_id as model, s.name, s.direction, s.provenance,
  json_agg(json_build_object('rank', p.step, 'value', p.value, 'low', p.low, 'high', p.high, 'bias', p.bias, 'n', p.n) order by p.step) as ranks
from metric_series s join metric_points p on p.series_id = s.id
where s.subject_id = any($1) and s.subject = 'RANK_SLICE' group by s.id order by s.name, s.id`;

/** By reward model: all metrics by name, each with its ranks from 1; [] while nothing is measured. One statement. */
export const rankSlicesByModel: LoaderDefinition<string, RankSlices[]> = {
  name: "rankSlicesByModel",
  async loadMany(db, modelIds) {
    const rows: (RankSlices & { model: string })[] = await db.query(RANK_SLICES, [modelIds]);
    const byModel = new Map<string, RankSlices[]>(modelIds.map((id) => [id, []]));
    for (const { model, ...slices } of rows) byModel.get(model)?.push(slices);
    return modelIds.map((id) => byModel.get(id) ?? []);
  },
};
