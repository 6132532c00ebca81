/** $1 round, $2 how many train items at most (null: all). In an order that depends on content alone. */
export const TRAINING_POSITIVES = `
select sha256, split from (
  select i.artifact_sha256 as sha256, i.split, row_number() over (partition by i.split order by md5(i.artifact_sha256)) as place
  from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
  where r.id = $1) t
where split = 'HELD_OUT' or $2::int is null or place <= $2::int
order by split, sha256`;

/** Whether prompt p has the tag (a parameter; null: any), and whether it is among the fifth that the seed (a parameter) holds out. */
const HAS_TAG = (tag: string) => `(${tag}::text is null or ${tag} = any(p.tags))`;
const IS_HELD_OUT = (seed: string) => `(get_byte(decode(md5(${seed} || p.position::text || p.text), 'hex'), 0) < 51)`;

/**
 * $1 round, $2 prompt tag (null: any), $3 seed, $4 seed of the split, $5 TRAIN or HELD_OUT, $6 how many.
 * A fifth of the prompts, by hash of the split's seed and the prompt, is held out with all its samples. One sample of every
 * prompt comes before a second one of any. The order depends on seed and content alone, so the same experiment trains the
 * same anywhere.
 */
export const TRAINING_NEGATIVES = `
select sha256 from (
  select s.artifact_sha256 as sha256, md5($3 || ':' || p.position || ':' || p.text || ':' || s.k) as shuffle,
    row_number() over (partition by s.prompt_id order by md5($3 || ':' || s.k || ':' || p.text)) as turn
  from samples s join prompts p on p.id = s.prompt_id
  where s.round_id = $1 and ${HAS_TAG("$2")} and ($5 = 'HELD_OUT') = ${IS_HELD_OUT("$4")}) t
order by turn, shuffle limit $6`;

/**
 * $1 round, $2 prompt tag (null: any), $3 seed of the split. The images that negatives are drawn from, each once, in prompt
 * order; none that is also a sample of a prompt that is held out or has another tag, or a held-out proxy item.
 */
export const TRAINING_POOL = `
select s.artifact_sha256 as sha256
from samples s join prompts p on p.id = s.prompt_id
where s.round_id = $1 and not exists (
  select 1 from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
  where r.id = $1 and i.split = 'HELD_OUT' and i.artifact_sha256 = s.artifact_sha256)
group by 1 having bool_and(${HAS_TAG("$2")} and not ${IS_HELD_OUT("$3")})
order by min(s.prompt_position), min(s.k), 1`;

/**
 * $1 round, $2 prompt tag (null: any), $3 tag of the prompts that are trained on (null: any), $4 seed of the split, $5 K.
 * Positions of the prompts that nothing is trained on and that have two samples with k < K, rising.
 */
export const UNSEEN_PROMPTS = `
select p.position from samples s join prompts p on p.id = s.prompt_id
where s.round_id = $1 and s.k < $5 and ${HAS_TAG("$2")} and (not ${HAS_TAG("$3")} or ${IS_HELD_OUT("$4")})
group by 1 having count(*) > 1 order by 1`;
