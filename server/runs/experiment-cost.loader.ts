import type { LoaderDefinition } from "../graphql/loader.ts";

/** What jobs of one kind took. */
export interface JobKindCost {
  kind: string;
  jobs: number;
  /** of them failed or cancelled */
  lost: number;
  workerSeconds: number;
  imagesDrawn: number;
}

/**
 * $1 experiments. Jobs that a worker has taken and whose input leads to a round of the experiment. Jobs have no index by what they
 * are about: one pass over them, which a page asks apart.
 */
const COST = `
select r.experiment_id as "experimentId", j.kind, count(*)::int as jobs,
  count(*) filter (where j.state in ('FAILED', 'CANCELLED'))::int as lost,
  sum(extract(epoch from coalesce(j.finished_at, now()) - j.started_at))::float8 as "workerSeconds",
  coalesce(sum(case when j.kind = 'GENERATE_SAMPLES' then (j.result->>'drawn')::int end), 0)::int as "imagesDrawn"
from jobs j left join reward_models m on m.id::text = j.input->>'rewardModelId'
join rounds r on r.id::text = coalesce(j.input->>'roundId', m.round_id::text)
where r.experiment_id = any($1) and j.started_at is not null
group by 1, 2 order by 1, 2`;

/** By experiment: its kinds of jobs, by name; an experiment without jobs has none. One statement. */
export const costByExperiment: LoaderDefinition<string, JobKindCost[]> = {
  name: "costByExperiment",
  async loadMany(db, ids) {
    const rows: (JobKindCost & { experimentId: string })[] = await db.query(COST, [ids]);
    const byExperiment = Map.groupBy(rows, ({ experimentId }) => experimentId);
    return ids.map((id) => byExperiment.get(id) ?? []);
  },
};
