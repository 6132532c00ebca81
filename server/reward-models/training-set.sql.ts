import type { ListQuery } from "../graphql/connection.ts";

/** $1 round, $2 how many train items at most (null: all). In an order that depends on content alone. */
export const TRAINING_POSITIVES = `
select sha256, split from (
  select i.artifact_sha256 as sha256, i.split, row_number() over (partition by i.split order by md5(i.artifact_sha256)) as place
  from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
  where r.id = $1) t
where split = 'HELD_OUT' or $2::int is null or place <= $2::int
order by split, sha256`;

/** Whether prompt p has the tag (a parameter; null: any), and whether it is among the fifth that the seed (a parameter) holds out. */
const HAS_TAG = (tag: string, p = "p") => `(${tag}::text is null or ${tag} = any(${p}.tags))`;
const IS_HELD_OUT = (seed: string, p = "p") =>
  `(get_byte(decode(md5(${seed} || ${p}.position::text || ${p}.text), 'hex'), 0) < 51)`;
/** Whether nothing may be drawn from prompt p: it is held out ($4) or lacks the tag ($2). */
const IS_OUTSIDE = (p: string) => `(${IS_HELD_OUT("$4", p)} or not ${HAS_TAG("$2", p)})`;

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
 * $1 to $6 as for TRAIN negatives, which are left out. What bootstrapping may draw from (section 3.1), as a list in order of
 * place, which depends on content alone and lies together in the feature matrices: images none of whose samples in the round
 * is of a held-out prompt or one without the tag, and which are neither D_r nor proxy data, held out or not; each at its first
 * place. Indexes samples_by_place_idx, samples_artifact_sha256_idx. D_r is found anew for each page.
 */
export const POOL = {
  select: `s.artifact_sha256 as "sha256"`,
  from: "samples s join prompts p on p.id = s.prompt_id",
  where: [
    `s.round_id = $1 and not ${IS_OUTSIDE("p")}`,
    `not exists (
      select 1 from samples o join prompts q on q.id = o.prompt_id
      where o.round_id = $1 and o.artifact_sha256 = s.artifact_sha256
        and (${IS_OUTSIDE("q")} or (o.prompt_position, o.k) < (s.prompt_position, s.k)))`,
    `not exists (
      select 1 from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
      where r.id = $1 and i.artifact_sha256 = s.artifact_sha256)`,
    `s.artifact_sha256 not in (${TRAINING_NEGATIVES})`,
  ],
  ordering: {
    name: "pool",
    columns: [
      { sql: "s.prompt_position", type: "int" },
      { sql: "s.k", type: "int" },
    ],
  },
} satisfies ListQuery;

/** As POOL, in one piece. */
export const WHOLE_POOL = `
select ${POOL.select} from ${POOL.from} where ${POOL.where.join(" and ")} order by s.prompt_position, s.k`;

/**
 * $1 round, $2 prompt tag (null: any), $3 tag of the prompts that are trained on (null: any), $4 seed of the split, $5 K.
 * Positions of the prompts that nothing is trained on and that have two samples with k < K, rising.
 */
export const UNSEEN_PROMPTS = `
select p.position from samples s join prompts p on p.id = s.prompt_id
where s.round_id = $1 and s.k < $5 and ${HAS_TAG("$2")} and (not ${HAS_TAG("$3")} or ${IS_HELD_OUT("$4")})
group by 1 having count(*) > 1 order by 1`;
