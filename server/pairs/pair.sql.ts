/** $1 round, $2 reward model: whether some sample of the round has no rank yet. */
export const UNRANKED = `
select exists (
  select 1 from samples s left join sample_scores sc on sc.sample_id = s.id and sc.reward_model_id = $2
  where s.round_id = $1 and sc.rank is null) as unranked`;

/**
 * $1 reward model, $2 smallest margin, $3 prompt tag (null: any). The preference is what the ranks go by: votes where the
 * model votes, else the score. Ties in it make no pair.
 */
export const BUILD_PAIRS = `
with ranked as (
  select s.round_id, s.prompt_id, s.id, coalesce(sc.votes, sc.score) as preference, sc.rank, max(sc.rank) over (partition by s.prompt_id) as last
  from sample_scores sc join samples s on s.id = sc.sample_id join prompts p on p.id = s.prompt_id
  where sc.reward_model_id = $1 and ($3::text is null or $3 = any(p.tags)))
insert into pairs (round_id, reward_model_id, prompt_id, chosen_sample_id, rejected_sample_id, margin, source)
select h.round_id, $1, h.prompt_id, h.id, l.id, h.preference - l.preference, 'REWARD_MODEL'
from ranked h join ranked l on l.prompt_id = h.prompt_id and l.rank = l.last and l.id <> h.id
where h.rank = 1 and h.preference > l.preference and h.preference - l.preference >= $2
order by h.prompt_id
on conflict (reward_model_id, prompt_id, source) do nothing returning 1`;

/** $1 reward model, $2 round, $3.. columns of the pairs. What is there stays. */
export const INSERT_HUMAN_PAIRS = `
insert into pairs (round_id, reward_model_id, prompt_id, chosen_sample_id, rejected_sample_id, margin, source)
select $2, $1, s.prompt_id, s.id, p.rejected, p.margin, 'HUMAN'
from unnest($3::uuid[], $4::uuid[], $5::float8[]) with ordinality as p(chosen, rejected, margin, place) join samples s on s.id = p.chosen
order by p.place on conflict (reward_model_id, prompt_id, source) do nothing returning 1`;

/** $1 round, $2, $3 columns of places: their samples, in order, null where there is none. */
export const SAMPLES_AT = `
select s.id from unnest($2::int[], $3::int[]) with ordinality as p(position, k, place)
left join samples s on s.round_id = $1 and s.prompt_position = p.position and s.k = p.k order by p.place`;
