/**
 * $1 later rounds, $2 earlier rounds, $3 prompt tags (null: any), side by side; $4 how many prompts from either end. For every
 * metric that single samples of both have, computed in one way: of the samples of the same prompt and k the mean difference of
 * each prompt, turned so that above 0 is better; how many are, and the prompts at both ends, each with the first sample of
 * either round. Indexes sample_metric_series_round_id_name_provenance_key_key, sample_metric_values_pkey and
 * samples_prompt_id_round_id_k_key. Two metrics of two rounds of 100,000 samples each: 1.7 to 2.4 s on a loaded machine of 2 cores.
 */
export const PROMPT_OUTCOMES = `
with wanted as (
  select w.place, w.tag, w.earlier_round, w.later_round, a.id as earlier, b.id as later, b.name, b.direction, b.provenance,
    case b.direction when 'HIGHER' then 1 else -1 end as sign
  from unnest($1::uuid[], $2::uuid[], $3::text[]) with ordinality as w(later_round, earlier_round, tag, place)
  join sample_metric_series b on b.round_id = w.later_round
  join sample_metric_series a on a.round_id = w.earlier_round and a.name = b.name and a.provenance_key = b.provenance_key),
by_prompt as (
  select w.place, w.later, s.prompt_id, avg(va.value) as before, avg(vb.value) as after, count(*)::int as samples, min(s.k) as k,
    w.sign * avg(vb.value - va.value) as gain
  from wanted w
  join sample_metric_values vb on vb.series_id = w.later
  join samples s on s.id = vb.sample_id
  join samples o on o.prompt_id = s.prompt_id and o.round_id = w.earlier_round and o.k = s.k
  join sample_metric_values va on va.series_id = w.earlier and va.sample_id = o.id
  where w.tag is null or exists (select 1 from prompts p where p.id = s.prompt_id and w.tag = any(p.tags))
  group by w.place, w.later, w.sign, s.prompt_id),
placed as (
  select *, row_number() over (partition by place, later order by gain desc, prompt_id) as from_best,
    row_number() over (partition by place, later order by gain, prompt_id) as from_worst
  from by_prompt),
counted as (
  select place, later, count(*)::int as prompts, count(*) filter (where gain > 0)::int as wins,
    count(*) filter (where gain < 0)::int as losses
  from placed group by place, later),
ends as (
  select t.place, t.later, json_agg(json_build_object(
    'promptId', t.prompt_id, 'text', p.text, 'position', p.position, 'samples', t.samples, 'k', t.k, 'before', t.before,
    'after', t.after, 'gain', t.gain, 'beforeSha256', o.artifact_sha256, 'afterSha256', s.artifact_sha256,
    'fromBest', t.from_best, 'fromWorst', t.from_worst) order by t.from_best) as changes
  from placed t join wanted w on w.place = t.place and w.later = t.later join prompts p on p.id = t.prompt_id
  join samples s on s.prompt_id = t.prompt_id and s.round_id = w.later_round and s.k = t.k
  join samples o on o.prompt_id = t.prompt_id and o.round_id = w.earlier_round and o.k = t.k
  where t.from_best <= $4 or t.from_worst <= $4 group by t.place, t.later)
select c.place::int, w.name, w.direction, w.provenance, c.prompts, c.wins, c.losses, e.changes
from counted c join wanted w on w.place = c.place and w.later = c.later join ends e on e.place = c.place and e.later = c.later
order by c.place, w.name, c.later`;
