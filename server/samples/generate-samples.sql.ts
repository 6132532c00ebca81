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
