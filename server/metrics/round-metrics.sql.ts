/**
 * $1 experiments. The latest value of every metric of their rounds, in order of metric and round. Index
 * metric_series_subject_id_name_provenance_key_subject_key, and one probe of metric_points' primary key a series.
 */
export const ROUND_VALUES = `
select r.experiment_id as "experimentId", r.id as "roundId", r.index as "roundIndex", m.name, m.direction, m.provenance,
  m.provenance_key as "provenanceKey", p.step, p.value, p.n, p.low, p.high, p.bias
from rounds r join metric_series m on m.subject_id = r.id and m.subject = 'ROUND'
cross join lateral (select * from metric_points where series_id = m.id order by step desc limit 1) p
where r.experiment_id = any($1) order by m.name, m.provenance_key, r.index`;

/**
 * $1 earlier rounds, $2 later rounds, $3 metrics, $4 keys of their provenance. Of those whose latest values were drawn again in the same draws:
 * mean and 95% of the differences, later minus earlier. Not every one has a row. Primary keys of metric_points and metric_resamples.
 */
export const RESAMPLED_DIFFERENCES = `
with latest as (
  select w.place, m.subject_id = w.later_round as is_later, r.draws, r."values"
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality
    as w(earlier_round, later_round, name, provenance_key, place)
  join metric_series m on m.subject = 'ROUND' and m.subject_id in (w.earlier_round, w.later_round) and m.name = w.name
    and m.provenance_key = w.provenance_key
  cross join lateral (select step from metric_points where series_id = m.id order by step desc limit 1) p
  join metric_resamples r on r.series_id = m.id and r.step = p.step)
select a.place::int, d.mean, d.low, d.high
from latest a join latest b on b.place = a.place and b.draws = a.draws and cardinality(b."values") = cardinality(a."values")
cross join lateral (
  select avg(v.later - v.earlier) as mean, percentile_cont(0.025) within group (order by v.later - v.earlier) as low,
    percentile_cont(0.975) within group (order by v.later - v.earlier) as high
  from unnest(a."values", b."values") as v(earlier, later)) d
where not a.is_later and b.is_later`;

/**
 * $1 earlier rounds, $2 later rounds, $3 metrics, $4 their provenances on single samples, $5 prompt tags (null: any). For each
 * the difference, later minus earlier, of the prompts' means: how many prompts have values in both, mean and deviation. Not
 * every one has a row. Indexes sample_metric_series_round_id_name_provenance_key_key and sample_metric_values_pkey.
 */
export const PAIRED_DIFFERENCES = `
with wanted as (
  select w.place, w.tag, a.id as earlier, b.id as later
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[]) with ordinality
    as w(earlier_round, later_round, name, provenance, tag, place)
  join sample_metric_series a on a.round_id = w.earlier_round and a.name = w.name and a.provenance = w.provenance
  join sample_metric_series b on b.round_id = w.later_round and b.name = w.name and b.provenance = w.provenance),
by_prompt as (
  select w.place, s.prompt_id, avg(v.value) filter (where v.series_id = w.earlier) as earlier,
    avg(v.value) filter (where v.series_id = w.later) as later
  from wanted w join sample_metric_values v on v.series_id in (w.earlier, w.later) join samples s on s.id = v.sample_id
  where w.tag is null or exists (select 1 from prompts p where p.id = s.prompt_id and w.tag = any(p.tags))
  group by w.place, s.prompt_id)
select place::int, count(*)::int as n, avg(later - earlier) as mean, stddev_samp(later - earlier) as deviation
from by_prompt where earlier is not null and later is not null group by place`;
