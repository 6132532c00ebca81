/** $1 round, $2 names, $3 directions, $4 provenances, $5 their keys. In key order, so that writers never deadlock. */
export const INSERT_SAMPLE_SERIES = `
insert into sample_metric_series (round_id, name, direction, provenance, provenance_key)
select $1, i.* from unnest($2::text[], $3::text[], $4::jsonb[], $5::text[]) as i(name, direction, provenance, provenance_key)
order by name, provenance_key on conflict (round_id, name, provenance_key) do nothing`;

/** $1 round, $2 names, $3 provenance keys. In no order. Index sample_metric_series_round_id_name_provenance_key_key. */
export const FIND_SAMPLE_SERIES = `
select s.id, s.name, s.direction, s.provenance_key as "provenanceKey"
from unnest($2::text[], $3::text[]) as i(name, provenance_key)
join sample_metric_series s using (name, provenance_key) where s.round_id = $1`;

/**
 * $1 round, $2 series, $3 samples, $4 values; gives how many were new. Values that are there are left alone, and so are
 * those of samples of other rounds (FIRST_WRONG_VALUE says which). In key order, see INSERT_SAMPLE_SERIES.
 */
export const INSERT_SAMPLE_VALUES = `
with new as (
  insert into sample_metric_values (series_id, sample_id, value)
  select i.series_id, s.id, i.value from unnest($2::uuid[], $3::uuid[], $4::float8[]) with ordinality
    as i(series_id, sample_id, value, place)
  join samples s on s.id = i.sample_id and s.round_id = $1
  order by i.series_id, s.id, i.place on conflict (series_id, sample_id) do nothing returning 1)
select count(*)::int as inserted from new`;

/**
 * As INSERT_SAMPLE_VALUES: the first row (1-based) that can't be stored, because the sample is not of the round, or because
 * another value is.
 */
export const FIRST_WRONG_VALUE = `
select i.place::int as place, s.id is null as "isForeign", v.value as stored
from unnest($2::uuid[], $3::uuid[], $4::float8[]) with ordinality as i(series_id, sample_id, value, place)
left join samples s on s.id = i.sample_id and s.round_id = $1
left join sample_metric_values v on v.series_id = i.series_id and v.sample_id = i.sample_id
where s.id is null or v.value <> i.value order by i.place limit 1`;
