/** $1 ablation, then as many arrays as a cell has settings: encoders, strategies, n, k, alpha, m, settings, seeds; in order of position. */
export const INSERT_CELLS = `
insert into ablation_cells (ablation_id, position, encoder, strategy, n, k, alpha, m, settings, seed)
select $1, place - 1, encoder, strategy, n, k, alpha, m, settings, seed
from unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::float8[], $7::int[], $8::text[], $9::bigint[]) with ordinality
  as c(encoder, strategy, n, k, alpha, m, settings, seed, place)`;

/** $1 ablation, $2 encoder, $3 n, $4 seed, $5 job. The group's cells are this job's; those that had failed wait again. */
export const GIVE_TO_JOB = `
update ablation_cells set job_id = $5, state = case when state = 'FAILED' then 'PENDING' else state end
where ablation_id = $1 and encoder = $2 and n = $3 and seed = $4 and (job_id is distinct from $5 or state = 'FAILED')`;

/** $1 round, $2 positions of the judged prompts, $3 K. What the models choose among, by prompt and k. Index samples_by_place_idx. */
export const CANDIDATES = `
select s.prompt_position as "promptPosition", s.k, s.artifact_sha256 as "artifactSha256"
from unnest($2::int[]) as j(position) join samples s on s.round_id = $1 and s.prompt_position = j.position and s.k < $3
order by s.prompt_position, s.k`;

/** As CANDIDATES, $4 label: which of them ought to be picked. */
export const LABELLED_CANDIDATES = `
select s.prompt_position as "promptPosition", s.k, s.label is not distinct from $4::text as preferred
from unnest($2::int[]) as j(position) join samples s on s.round_id = $1 and s.prompt_position = j.position and s.k < $3
order by 1, 2`;

/** $1 cell, $2 picks, $3 weights. Nothing for a cell that is done. */
export const RECORD = `
update ablation_cells set state = 'DONE', picks = $2, weights_sha256 = $3, recorded_at = now()
where id = $1 and state <> 'DONE' returning id`;

/** $1 cells. The latest value of every metric of each. Index metric_series_subject_id_name_provenance_key_..., primary key of points. */
export const CELL_METRICS = `
select s.subject_id as "cellId", s.name, s.direction, s.provenance, s.provenance_key as "provenanceKey", p.value, p.n, p.low, p.high, p.bias
from metric_series s
cross join lateral (select * from metric_points where series_id = s.id order by step desc limit 1) p
where s.subject = 'ABLATION_CELL' and s.subject_id = any($1)`;

/**
 * $1 ablation. Metrics of single samples (CLIPScore and its like), averaged over the picks of each cell that is done: a prompt
 * whose pick has no value is left out, and n says so. Indexes samples_by_place_idx and sample_metric_values_sample_id_idx.
 */
export const PICKED_SAMPLE_METRICS = `
select c.id as "cellId", m.name, m.direction, m.provenance, m.provenance_key as "provenanceKey", t.value, t.n, t.sd
from (
  select c.id, v.series_id, avg(v.value) as value, count(*)::int as n, stddev_samp(v.value) as sd
  from ablations a join ablation_cells c on c.ablation_id = a.id and c.picks is not null
  cross join lateral unnest(a.judged_positions, c.picks) as p(position, k)
  join samples s on s.round_id = a.round_id and s.prompt_position = p.position and s.k = p.k
  join sample_metric_values v on v.sample_id = s.id
  where a.id = $1 group by 1, 2) t
join ablation_cells c on c.id = t.id join sample_metric_series m on m.id = t.series_id`;
