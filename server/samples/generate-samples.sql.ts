/**
 * Parameters of both: $1 round, $2 prompt tag (null: any), $3 first k, $4 k after the last. Samples that are asked for and
 * not there.
 */
const MISSING = `
from rounds r join experiments e on e.id = r.experiment_id join prompts p on p.prompt_set_id = e.prompt_set_id
cross join generate_series($3::int, $4::int - 1) as of(k)
where r.id = $1 and ($2::text is null or $2 = any(p.tags))
  and not exists (select 1 from samples s where s.prompt_id = p.id and s.round_id = r.id and s.k = of.k)`;

/** How many. 1,000,000 samples are looked up by samples_prompt_id_round_id_k_key. */
export const COUNT_MISSING = `select count(*)::int as n ${MISSING}`;

/**
 * $5 seed, $6 first position, $7 how many. In order of place. A sample's seed is 32 bits of a hash of the seed, its prompt and k:
 * the same in every round and every experiment on these prompts, so that policies are compared pairwise.
 */
export const NEXT_MISSING = `
select p.position as "promptPosition", p.text as prompt, of.k,
  ('x' || substr(md5($5 || ':' || p.position || ':' || p.text || ':' || of.k), 1, 8))::bit(32)::bigint as seed
${MISSING} and p.position >= $6 order by p.position, of.k limit $7`;

/**
 * Parameters as of MISSING, $5 how the round is drawn. What another round has drawn with the same policy, seed and settings for
 * the same prompts is what this one would draw: its samples are taken over. Gives how many. Index rounds_policy_in_id_idx.
 */
export const TAKE_OVER = `
with new as (
  insert into samples (round_id, prompt_id, prompt_position, k, seed, artifact_sha256)
  select distinct on (s.prompt_id, s.k) r.id, s.prompt_id, s.prompt_position, s.k, s.seed, s.artifact_sha256
  from rounds r join experiments e on e.id = r.experiment_id
  join rounds o on o.policy_in_id = r.policy_in_id and o.id <> r.id and o.sampling @> $5::jsonb
  join samples s on s.round_id = o.id and s.seed is not null and s.k >= $3 and s.k < $4
  join prompts p on p.id = s.prompt_id and p.prompt_set_id = e.prompt_set_id
  where r.id = $1 and ($2::text is null or $2 = any(p.tags))
  order by s.prompt_id, s.k, o.id
  on conflict (round_id, prompt_id, k) do nothing returning 1),
counted as (select count(*)::int as n from new)
update rounds r set sample_count = r.sample_count + c.n from counted c where r.id = $1 and c.n > 0 returning c.n`;
