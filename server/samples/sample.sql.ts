import { LOGIT_GRID } from "../../shared/statistics/logit-histogram.ts";

/** `count` sets the round's number of samples from `n`, the number of new ones, and says which round. */
const insertSamples = (count: string) => `
with new as (
  insert into samples (round_id, prompt_id, prompt_position, k, seed, label, artifact_sha256)
  select $1, p.id, p.position, i.k, i.seed, i.label, a.sha256
  from (select e.prompt_set_id, e.k from rounds r join experiments e on e.id = r.experiment_id where r.id = $1) t
  cross join unnest($2::int[], $3::int[], $4::bigint[], $5::text[], $6::text[]) with ordinality
    as i(position, k, seed, label, sha256, place)
  join prompts p on p.prompt_set_id = t.prompt_set_id and p.position = i.position
  join artifacts a on a.sha256 = i.sha256
  where i.k < t.k
  order by p.position, i.k, i.place
  on conflict (round_id, prompt_id, k) do nothing returning 1),
n as (select count(*)::int as inserted from new),
counted as (update rounds set sample_count = ${count} returning experiment_id)
select inserted, (select experiment_id from counted) as "experimentId" from n`;

/**
 * $1 round, $2 positions, $3 k, $4 seeds, $5 labels, $6 artifacts; gives how many rows were new, and the round's experiment, null where
 * the round takes none. In key order, so that writers with shuffled batches lock in one order and never deadlock. Rows that exist are
 * left alone, and so are rows that are wrong (FIRST_WRONG_SAMPLE says which). A batch that is there already may be sent again at any
 * time; an open round is needed for new rows only.
 */
export const INSERT_SAMPLES = insertSamples(
  "sample_count + n.inserted from n where id = $1 and (status = 'OPEN' or n.inserted = 0)",
);

/**
 * The same where every row is new and the round is open, as nearly always: then one statement is the whole transaction. Else it stores
 * nothing: it sets the number of samples to what the table refuses (rounds_sample_count_check), or finds no round.
 */
export const INSERT_NEW_SAMPLES = insertSamples(
  "case when n.inserted = cardinality($2::int[]) and status = 'OPEN' then sample_count + n.inserted else -1 end from n where id = $1",
);

/**
 * $1 round, $2 positions, $3 k, $4 artifacts: the first row (1-based) that can't be stored, because k is not below the
 * experiment's, the artifact or the prompt is missing, or the key has another artifact.
 */
export const FIRST_WRONG_SAMPLE = `
select i.place::int as place, e.k <= i.k as "kBeyond", e.k as "experimentK", a.sha256 is null as "artifactMissing",
  p.id is null as "promptMissing", s.artifact_sha256 as stored
from rounds r join experiments e on e.id = r.experiment_id
cross join unnest($2::int[], $3::int[], $4::text[]) with ordinality as i(position, k, sha256, place)
left join artifacts a on a.sha256 = i.sha256
left join prompts p on p.prompt_set_id = e.prompt_set_id and p.position = i.position
left join samples s on s.round_id = $1 and s.prompt_id = p.id and s.k = i.k
where r.id = $1 and (e.k <= i.k or s.artifact_sha256 is distinct from i.sha256) order by i.place limit 1`;

/**
 * $1 reward model, $2 sample ids, $3 logits, $4 scores, $5 votes; gives how many were new. Scores of one model and sample never
 * change; those of samples that are not of the model's round are left out (FIRST_FOREIGN_SAMPLE says which).
 */
export const INSERT_SCORES = `
with new as (
  insert into sample_scores (reward_model_id, sample_id, logit, score, votes)
  select m.id, s.id, i.logit, i.score, i.votes
  from unnest($2::uuid[], $3::float8[], $4::float8[], $5::float8[]) as i(sample_id, logit, score, votes)
  join samples s on s.id = i.sample_id join reward_models m on m.id = $1 and m.round_id = s.round_id
  order by s.id on conflict (reward_model_id, sample_id) do nothing returning 1)
select count(*)::int as inserted from new`;

/** $1 round, $2 sample ids: place (1-based) of the first that is no sample of the round. Primary key of samples. */
export const FIRST_FOREIGN_SAMPLE = `
select i.place::int as place from unnest($2::uuid[]) with ordinality as i(sample_id, place)
left join samples s on s.id = i.sample_id and s.round_id = $1
where s.id is null order by i.place limit 1`;

/**
 * $1 reward model. Ranks 1..K within each prompt, best first: by votes where the model votes, else by score; ties by score,
 * then by sample id. Touches only rows whose rank changes.
 */
export const RANK_SAMPLES = `
update sample_scores ss set rank = r.rank from (
  select sc.sample_id, row_number() over (partition by s.prompt_id order by coalesce(sc.votes, sc.score) desc, sc.score desc, s.id) as rank
  from sample_scores sc join samples s on s.id = sc.sample_id where sc.reward_model_id = $1) r
where ss.reward_model_id = $1 and ss.sample_id = r.sample_id and ss.rank is distinct from r.rank`;

/**
 * $1 reward model. Keeps the histogram of its scores' logits, on the grid of shared/statistics/logit-histogram.ts, so that no
 * page counts all samples anew; nothing for a model that is gone. Primary key of sample_scores.
 */
export const RECORD_HISTOGRAM = `
insert into reward_model_curves (reward_model_id, samples)
select $1, jsonb_build_object('n', sum(n), 'meanLogit', sum(total) / nullif(sum(n), 0), 'counts', jsonb_agg(n order by bin))
from (
  select bin, coalesce(n, 0) as n, total from generate_series(0, ${LOGIT_GRID.bins - 1}) as bin left join (
    select width_bucket(logit, ${LOGIT_GRID.from}, ${LOGIT_GRID.to}, ${LOGIT_GRID.inner}) as bin, count(*)::int as n, sum(logit) as total
    from sample_scores where reward_model_id = $1 group by 1) counted using (bin)) t
having exists (select 1 from reward_models where id = $1)
on conflict (reward_model_id) do update set samples = excluded.samples`;

/** $1 reward model, $2 label, $3 prompt tag (null: any). Of the scored prompts that have the label among their samples. */
export const BEST_OF_K = `
select count(*)::int as prompts, count(*) filter (where best)::int as wins, coalesce(avg(share), 0)::float8 as chance from (
  select bool_or(sc.rank = 1 and s.label = $2) as best, avg((s.label = $2)::int) as share
  from sample_scores sc join samples s on s.id = sc.sample_id join prompts p on p.id = s.prompt_id
  where sc.reward_model_id = $1 and sc.rank is not null and ($3::text is null or $3 = any(p.tags))
  group by s.prompt_id having bool_or(s.label = $2) and count(*) > 1) t`;

/** $1 reward models, $2 prompt tag (null: any), $3 how many of each. As BEST_OF_K for every label, the most picked first. */
export const BEST_OF_K_BY_LABEL = `
select model, label, prompts, wins, chance from (
  select model, label, count(*)::int as prompts, count(*) filter (where best)::int as wins, avg(n / total)::float8 as chance,
    row_number() over (partition by model order by count(*) filter (where best) desc, label) as place
  from (
    select sc.reward_model_id as model, s.label, count(*) as n, bool_or(sc.rank = 1) as best,
      sum(count(*)) over (partition by sc.reward_model_id, s.prompt_id) as total
    from sample_scores sc join samples s on s.id = sc.sample_id join prompts p on p.id = s.prompt_id
    where sc.reward_model_id = any($1) and sc.rank is not null and ($2::text is null or $2 = any(p.tags))
    group by sc.reward_model_id, s.prompt_id, s.label) t
  where label is not null and total > 1 group by model, label) l
where place <= $3 order by model, place`;

/** $1 reward models. Samples of one prompt are alike, so the prompt is what is counted: the mean over prompts of their means. */
export const REWARD_SUMMARY = `
select model, count(*)::int as prompts, sum(n)::int as samples, avg(mean) as mean, stddev_samp(mean) as deviation, avg(best) as "bestMean"
from (select sc.reward_model_id as model, count(*) as n, avg(sc.score) as mean, max(sc.score) as best
  from sample_scores sc join samples s on s.id = sc.sample_id where sc.reward_model_id = any($1)
  group by sc.reward_model_id, s.prompt_id) t group by model`;

const SAMPLE_COLUMNS = ["id", "prompt_position", "k", "seed", "label", "artifact_sha256"];
const SCORE_COLUMNS = ["score", "logit", "votes", "rank"];

/**
 * The samples of the prompts in the table `shown` with what a model says of them, in no order; `round` and `model` are
 * parameters. One JSON object of columns, which Postgres writes and Node reads in half the time of as many rows. The samples
 * by a range of samples_by_place_idx each prompt, the scores by one pass over an index. Every score is one of these samples',
 * so the join could be a left one; a full one is never done by comparing each with each, however few rows are expected.
 */
export function samplesOfShown(
  round: string,
  model: string | null,
  also: { createdAt: boolean; frames: boolean },
): string {
  const columns = [
    ...SAMPLE_COLUMNS,
    ...(also.createdAt ? ["created_at"] : []),
    ...(also.frames ? ["frames"] : []),
    ...(model ? SCORE_COLUMNS : []),
  ];
  const of = also.frames
    ? "s.*, a.frames from samples s join artifacts a on a.sha256 = s.artifact_sha256"
    : "* from samples s";
  const scores = `, sc as materialized (
  select * from sample_scores where reward_model_id = ${model} and sample_id = any(array(select id from s)))`;
  return `
with s as materialized (
  select ${of} where s.round_id = ${round} and s.prompt_position = any(array(select position from shown)))${model ? scores : ""}
select json_build_object(${columns.map((name) => `'${name}', array_agg(${name})`).join(", ")})
from s${model ? " full join sc on sc.sample_id = s.id" : ""}`;
}
