/** What a comparison of any subjects asks of the record; $1 kinds and $2 ids of the subjects, in order. */

const ASKED = "asked as (select * from unnest($1::text[], $2::uuid[]) with ordinality as a(kind, id, place))";

/** Of a policy that was drawn with in very many rounds the newest are looked at. */
const ROUNDS_OF_A_POLICY = 50;

const EXPERIMENT_SETTINGS = `'setting', e.setting, 'base policy', b.name, 'prompt set', s.name, 'proxy set', x.name, 'encoder', e.encoder, 'K', e.k,
  'rounds planned', e.planned_rounds, 'post-training', e.post_training, 'seed', e.seed`;
const WITH_EXPERIMENT = `join policies b on b.id = e.base_policy_id join prompt_sets s on s.id = e.prompt_set_id
  join proxy_sets x on x.id = e.proxy_set_id`;

/** Name, place and settings of those that there are; settings are in the order they are shown in, some of them objects. */
export const COMPARED_SUBJECTS = `
with ${ASKED}
select a.place::int, e.name, null as detail, e.id as "experimentId", json_build_object(${EXPERIMENT_SETTINGS}) as settings
from asked a join experiments e on a.kind = 'EXPERIMENT' and e.id = a.id ${WITH_EXPERIMENT}
union all
select a.place::int, 'Round ' || r.index, e.name, e.id, json_build_object(${EXPERIMENT_SETTINGS},
  'round', r.index, 'policy', p.name, 'samples', r.sample_count, 'sampling', r.sampling)
from asked a join rounds r on a.kind = 'ROUND' and r.id = a.id join experiments e on e.id = r.experiment_id ${WITH_EXPERIMENT}
join policies p on p.id = r.policy_in_id
union all
select a.place::int, p.name, lower(p.origin) || ' policy', null, json_build_object('origin', p.origin, 'parent', q.name,
  'generator', nullif(p.generator, ''), 'weights', p.weights_sha256, 'folder', p.folder, 'made with', p.config)
from asked a join policies p on a.kind = 'POLICY' and p.id = a.id left join policies q on q.id = p.parent_id
union all
select a.place::int, m.name, 'round ' || r.index || ' of ' || e.name, e.id, json_build_object(${EXPERIMENT_SETTINGS},
  'round', r.index, 'strategy', m.strategy, 'model encoder', m.encoder, 'training seed', m.seed, 'training', m.hyperparameters,
  'bootstrap', m.bootstrap, 'steps trained', m.trained_steps, 'step kept', m.kept_step)
from asked a join reward_models m on a.kind = 'REWARD_MODEL' and m.id = a.id join rounds r on r.id = m.round_id
join experiments e on e.id = r.experiment_id ${WITH_EXPERIMENT}
order by 1`;

/**
 * The latest value of every metric of the subjects. An experiment has besides its own those of its last round that was
 * measured by it, a policy those of the newest round that was drawn with it (of ${ROUNDS_OF_A_POLICY} rounds). Index
 * metric_series_subject_id_name_provenance_key_subject_key, and one probe of metric_points' primary key a series.
 */
export const COMPARED_VALUES = `
with ${ASKED},
source as (
  select a.place, a.kind as subject, a.id as subject_id, 0 as distance, null::uuid as round_id, null::int as round_index,
    null::uuid as experiment_id from asked a where a.kind in ('EXPERIMENT', 'POLICY')
  union all
  select a.place, a.kind, a.id, 0, r.id, r.index, r.experiment_id from asked a join rounds r on a.kind = 'ROUND' and r.id = a.id
  union all
  select a.place, a.kind, a.id, 0, null, null, r.experiment_id
  from asked a join reward_models m on a.kind = 'REWARD_MODEL' and m.id = a.id join rounds r on r.id = m.round_id
  union all
  select a.place, 'ROUND', r.id, 1000 - r.index, r.id, r.index, r.experiment_id
  from asked a join rounds r on a.kind = 'EXPERIMENT' and r.experiment_id = a.id
  union all
  select a.place, 'ROUND', r.id, r.age, r.id, r.index, r.experiment_id
  from asked a cross join lateral (select *, row_number() over (order by id desc)::int as age from rounds where policy_in_id = a.id
    order by id desc limit ${ROUNDS_OF_A_POLICY}) r where a.kind = 'POLICY')
select distinct on (o.place, m.name, m.provenance_key, e.prompt_set_id) o.place::int, m.name, m.direction, m.provenance,
  m.provenance_key as "provenanceKey", m.created_at as "createdAt", o.round_id as "roundId", o.round_index as "roundIndex",
  e.name as experiment, s.name as "promptSet", e.prompt_set_id as "promptSetId", p.value, p.n, p.low, p.high, p.bias
from source o join metric_series m on m.subject_id = o.subject_id and m.subject = o.subject
cross join lateral (select * from metric_points where series_id = m.id order by step desc limit 1) p
left join experiments e on e.id = o.experiment_id left join prompt_sets s on s.id = e.prompt_set_id
order by o.place, m.name, m.provenance_key, e.prompt_set_id, o.distance`;

/** $3 to $5 names. What reward models are worth on the items held out of their training, a row a number; not all have all. */
export const HELD_OUT_VALUES = `
with ${ASKED}
select a.place::int, h.name, h.direction, h.value, h.low, h.high, m.held_out_count as n, m.created_at as "createdAt",
  r.index as "roundIndex", e.name as experiment, e.prompt_set_id as "promptSetId", s.name as "promptSet",
  e.proxy_set_id as "proxySetId"
from asked a join reward_models m on a.kind = 'REWARD_MODEL' and m.id = a.id join rounds r on r.id = m.round_id
join experiments e on e.id = r.experiment_id join prompt_sets s on s.id = e.prompt_set_id
cross join lateral (values ($3, 'HIGHER', m.held_out_auc, m.held_out_auc_low, m.held_out_auc_high),
  ($4, 'HIGHER', m.held_out_accuracy, null, null), ($5, 'LOWER', m.held_out_ece, null, null)) as h(name, direction, value, low, high)
where h.value is not null order by 1`;

/** $1 tables. Their published numbers, as printed; some hundred rows in all. */
export const REPORTED_RESULTS = `
select source, "table", "row", "column", value from reference_results where "table" = any($1) order by "table", id`;

/** The published tables that were imported. */
export const REPORTED_TABLES = `
select source, "table" as name, count(*)::int as "valueCount" from reference_results group by 1, 2 order by 2, 1`;
