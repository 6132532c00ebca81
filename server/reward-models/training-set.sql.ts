/** $1 round, $2 how many train items at most (null: all). In an order that depends on content alone. */
export const TRAINING_POSITIVES = `
select sha256, split from (
  select i.artifact_sha256 as sha256, i.split, row_number() over (partition by i.split order by md5(i.artifact_sha256)) as place
  from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
  where r.id = $1) t
where split = 'HELD_OUT' or $2::int is null or place <= $2::int
order by split, sha256`;

/**
 * $1 round, $2 prompt tag (null: any), $3 seed, $4 TRAIN or HELD_OUT, $5 how many.
 * A fifth of the prompts, by hash of seed and prompt, is held out with all its samples. One sample of every prompt comes
 * before a second one of any. The order depends on seed and content alone, so the same experiment trains the same anywhere.
 */
export const TRAINING_NEGATIVES = `
select sha256 from (
  select s.artifact_sha256 as sha256, md5($3 || ':' || p.position || ':' || p.text || ':' || s.k) as shuffle,
    row_number() over (partition by s.prompt_id order by md5($3 || ':' || s.k || ':' || p.text)) as turn
  from samples s join prompts p on p.id = s.prompt_id
  where s.round_id = $1 and ($2::text is null or $2 = any(p.tags))
    and ($4 = 'HELD_OUT') = (get_byte(decode(md5($3 || p.position::text || p.text), 'hex'), 0) < 51)) t
order by turn, shuffle limit $5`;
