/** $1 round. What decides whether it can be measured, and against what. */
export const MEASURABLE_ROUND = `
select r.sample_count as "sampleCount", e.encoder, e.k, s.held_out_count as "heldOutCount",
  (select id from rounds where experiment_id = r.experiment_id order by index limit 1) as "firstRoundId"
from rounds r join experiments e on e.id = r.experiment_id join proxy_sets s on s.id = e.proxy_set_id where r.id = $1`;

/**
 * $1 reward model. A digest of who has which rank: it changes with any of them. Index sample_scores_pkey; 1,000,000 scores
 * took 0.3 s.
 */
export const RANKS_DIGEST = `
select count(*)::int as ranked, coalesce(bit_xor(hashtextextended(sample_id::text, rank)), 0)::text as digest
from sample_scores where reward_model_id = $1 and rank is not null`;

/** $1 round, $2 names. How many values others than our scorers have logged of these metrics. */
export const LOGGED_VALUES = `
select count(v.sample_id)::int as logged from sample_metric_series m join sample_metric_values v on v.series_id = m.id
where m.round_id = $1 and m.name = any($2) and m.provenance->>'computedBy' is distinct from 'gan-rm-lab scorers'`;

/** $1 round. The images that its samples are measured against, in an order of content alone. */
export const HELD_OUT_IMAGES = `
select e.proxy_set_id as "proxySetId", coalesce(array_agg(i.artifact_sha256 order by i.artifact_sha256)
  filter (where i.split = 'HELD_OUT'), '{}') as images
from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
where r.id = $1 group by 1`;

const OF_TAGGED =
  "($3::text is null or exists (select 1 from prompts p where p.id = s.prompt_id and $3 = any(p.tags)))";

/**
 * $1 round, $2 names, $3 prompt tag (null: any). Means over all samples, a row a series: samples of one prompt are alike, so the mean is of the
 * prompts' means, with their deviation. A metric of zeros and ones alone is a share. 1,000,000 values took 4 s on 2 cores
 * with a load of 18.
 */
export const ROUND_MEANS = `
with by_prompt as (
  select m.id, count(*) as n, avg(v.value) as mean, sum(v.value) as total, bool_and(v.value in (0, 1)) as share
  from sample_metric_series m join sample_metric_values v on v.series_id = m.id join samples s on s.id = v.sample_id
  where m.round_id = $1 and m.name = any($2) and ${OF_TAGGED} group by m.id, s.prompt_id)
select m.name, m.direction, m.provenance, null::int as rank, sum(p.n)::int as n, count(*)::int as prompts, avg(p.mean) as mean,
  stddev_samp(p.mean) as deviation, sum(p.total) as total, bool_and(p.share) as "isShare"
from by_prompt p join sample_metric_series m using (id) group by m.id order by m.name, m.id`;

/** $1 reward model, $2 names, $3 prompt tag (null: any). As ROUND_MEANS, for the samples of each rank: there is one of every prompt. */
export const RANK_MEANS = `
with by_rank as (
  select m.id, sc.rank, count(*) as n, avg(v.value) as mean, stddev_samp(v.value) as deviation, sum(v.value) as total,
    bool_and(bool_and(v.value in (0, 1))) over (partition by m.id) as share
  from reward_models r join sample_metric_series m on m.round_id = r.round_id
  join sample_metric_values v on v.series_id = m.id
  join sample_scores sc on sc.reward_model_id = r.id and sc.sample_id = v.sample_id join samples s on s.id = v.sample_id
  where r.id = $1 and m.name = any($2) and ${OF_TAGGED} and sc.rank is not null group by m.id, sc.rank)
select m.name, m.direction, m.provenance, p.rank, p.n::int as n, p.n::int as prompts, p.mean, p.deviation, p.total, p.share as "isShare"
from by_rank p join sample_metric_series m using (id) order by m.name, m.id, p.rank`;

/** $1 series, $2 steps, $3 values, $4 n, $5 low, $6 high, $7 bias. What a series said of a step gives way to what it says now. */
export const REPLACE_POINTS = `
insert into metric_points (series_id, step, value, n, low, high, bias)
select * from unnest($1::uuid[], $2::int[], $3::float8[], $4::int[], $5::float8[], $6::float8[], $7::float8[])
order by 1, 2 on conflict (series_id, step) do update
set value = excluded.value, n = excluded.n, low = excluded.low, high = excluded.high, bias = excluded.bias`;

/** $1 series, $2 steps. What was drawn for points that are measured anew. */
export const FORGET_RESAMPLES = `
delete from metric_resamples r using unnest($1::uuid[], $2::int[]) as p(series_id, step)
where r.series_id = p.series_id and r.step = p.step`;

/** $1 series, $2 steps, $3 what was drawn for each, as JSON: arrays of PostgreSQL would have to be of one length. */
export const ADD_RESAMPLES = `
insert into metric_resamples (series_id, step, draws, "values")
select p.series_id, p.step, d.drawn->>'draws', array(select v::float8 from jsonb_array_elements_text(d.drawn->'values') as v)
from unnest($1::uuid[], $2::int[]) with ordinality as p(series_id, step, place)
join jsonb_array_elements($3::jsonb) with ordinality as d(drawn, place) using (place)`;

/** $1 series. Tells subscribers, at commit. */
export const ANNOUNCE_SERIES = `
select notify_change('metrics', id, subject_id) from metric_series where id = any($1)`;
