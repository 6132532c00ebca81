import { MetricDirection } from "../../shared/enums.ts";
import { tQuantile975 } from "../../shared/statistics/t-interval.ts";
import type { LoaderDefinition } from "../graphql/loader.ts";

/** How a reward model's ranks go with a metric of single samples. */
export interface RankCorrelation {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  /** Mean over prompts of Spearman's rho of rank (1 = best) and value within the prompt; null where no prompt has one. */
  rho: number | null;
  /** Student's 95% interval of the mean over prompts; null of fewer than two. */
  low: number | null;
  high: number | null;
  /** rho's sign turned so that positive means: R prefers what the metric calls better. */
  agreement: number | null;
  /** Prompts with a rho. */
  prompts: number;
  /** Prompts without one: all their values are equal, or there is one alone. */
  constantPrompts: number;
  /** 1: of all prompts; p: of every p-th, where the round has more samples than `MOST_SAMPLES`. */
  promptStep: number;
  /** Spearman's rho of rank and the mean value of that rank's samples. */
  rhoOfMeans: number | null;
  agreementOfMeans: number | null;
}

/** Samples of a round that are gone through: whole prompts at even intervals. 20,000 prompts of 10 give rho to about 0.005. */
const MOST_SAMPLES = 200_000;

/**
 * $1 reward models, $2 names of metrics (null: all), $3 samples at most. Spearman's rho is Pearson's of mid-ranks: rank() gives tied values the
 * first of their places, to which half of the others is added. Ranks within a prompt differ, and are counted anew where
 * samples have no value. Prompts are told apart by position, a small integer. Of 1,000,000 samples it goes
 * through a fifth: 2.4 to 3.8 s on 2 cores with a load of 13 (all of them: 10.4 s).
 */
const RANK_CORRELATIONS = `
with models as materialized (
  select m.id, m.round_id, greatest(1, ceil(r.sample_count::float8 / $3))::int as step
  from reward_models m join rounds r on r.id = m.round_id where m.id = any($1)),
ranked as materialized (
  select r.id as model, m.id as series, s.prompt_position as prompt, sc.rank, v.value
  from models r join samples s on s.round_id = r.round_id and s.prompt_position % r.step = 0
  join sample_scores sc on sc.reward_model_id = r.id and sc.sample_id = s.id
  join sample_metric_series m on m.round_id = r.round_id
  join sample_metric_values v on v.series_id = m.id and v.sample_id = s.id
  where sc.rank is not null and ($2::text[] is null or m.name = any($2))),
within as (
  select model, series, prompt, rank() over (partition by model, series, prompt order by rank) as rank,
    rank() over (partition by model, series, prompt order by value)
      + (count(*) over (partition by model, series, prompt, value) - 1) / 2.0 as place from ranked),
rhos as (
  select model, series, prompt, corr(rank, place) as rho from within group by model, series, prompt),
prompts as (
  select model, series, avg(rho) as rho, stddev_samp(rho) as deviation, count(rho)::int as prompts,
    (count(*) - count(rho))::int as "constantPrompts" from rhos group by model, series),
slices as (
  select model, series, rank, avg(value) as mean from ranked group by model, series, rank),
placed as (
  select model, series, rank() over (partition by model, series order by rank) as rank,
    rank() over (partition by model, series order by mean) + (count(*) over (partition by model, series, mean) - 1) / 2.0 as place from slices),
means as (
  select model, series, corr(rank, place) as "rhoOfMeans" from placed group by model, series)
select p.model, m.name, m.direction, m.provenance, p.rho, p.deviation, p.prompts, p."constantPrompts", n."rhoOfMeans",
  o.step as "promptStep"
from prompts p join means n using (model, series) join models o on o.id = p.model join sample_metric_series m on m.id = p.series order by m.name, m.id`;

type Row = Pick<
  RankCorrelation,
  "name" | "direction" | "provenance" | "rho" | "prompts" | "constantPrompts" | "promptStep" | "rhoOfMeans"
> & {
  model: string;
  deviation: number | null;
};

/** Key of the correlations with metrics of these names; null: all. */
export const correlationsKey = (modelId: string, names: string[] | null): string => JSON.stringify([modelId, names]);

/** By `correlationsKey`: metrics that the model's ranked samples have, by name. One statement for each choice of names. */
export const rankCorrelations: LoaderDefinition<string, RankCorrelation[]> = {
  name: "rankCorrelations",
  async loadMany(db, keys) {
    const found = new Map<string, RankCorrelation[]>(keys.map((key) => [key, []]));
    const wanted = keys.map((key): [string, string[] | null] => JSON.parse(key));
    for (const [words, group] of Map.groupBy(wanted, ([, names]) => JSON.stringify(names))) {
      const names: string[] | null = JSON.parse(words);
      const rows: Row[] = await db.query(RANK_CORRELATIONS, [group.map(([id]) => id), names, MOST_SAMPLES]);
      for (const row of rows) found.get(correlationsKey(row.model, names))?.push(correlationOf(row));
    }
    return keys.map((key) => found.get(key) ?? []);
  },
};

function correlationOf({ model: _, deviation, ...row }: Row): RankCorrelation {
  const half = deviation === null ? null : (tQuantile975(row.prompts - 1) * deviation) / Math.sqrt(row.prompts);
  const around = (sign: number) => (row.rho === null || half === null ? null : row.rho + sign * half);
  // rank 1 is the best, so a metric to which higher is better agrees where rho is negative
  const turned = (rho: number | null) => rho && (row.direction === MetricDirection.HIGHER ? -rho : rho);
  return {
    ...row,
    low: around(-1),
    high: around(1),
    agreement: turned(row.rho),
    agreementOfMeans: turned(row.rhoOfMeans),
  };
}
