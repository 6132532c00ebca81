/** Search over everything, in one statement: what each kind finds, bounded, and then its best. */

/** So many rows of a kind are looked at for the best of them; jobs so many of the newest. */
const [LOOKED_AT, NEWEST_JOBS] = [200, 2000];

/** How rows are found: by words ($1, a tsquery), or by id ($1). */
type By = "WORDS" | "ID";

const found = (by: By, table: string, text: string) =>
  `(select * from ${table} t where ${by === "ID" ? "t.id = $1::uuid" : `search_words(t.${text}) @@ to_tsquery('simple', $1)`} limit ${LOOKED_AT}) t`;

/** The whole text first, then what begins with it, then the newest. */
const best = (title: string) =>
  `order by lower(${title}) = $2 desc, starts_with(lower(${title}), $2) desc, t.id desc limit $3`;

const JOB_WORDS = "concat_ws(' ', kind, state, worker)";

/**
 * $1 a tsquery or an id, $2 the text in small letters, $3 most of each kind, $4 index of the rounds that are asked for (null: any),
 * $5 whether rounds are, $6 a tsquery about the names of their experiments (null: any). Indexes ..._words_idx.
 */
export const search = (by: By): string => `
(select 'EXPERIMENT' as kind, t.id, t.name as title, lower(t.status) as detail, t.id as "experimentId", null::uuid as "roundId"
 from ${found(by, "experiments", "name")} ${best("t.name")})
union all
(select 'ROUND', t.id, 'Round ' || t.index, e.name, e.id, t.id from rounds t join experiments e on e.id = t.experiment_id
 where ${by === "ID" ? "t.id = $1::uuid" : "$5 and ($4::int is null or t.index = $4) and ($6::text is null or search_words(e.name) @@ to_tsquery('simple', $6))"}
 order by t.id desc limit $3)
union all
(select 'POLICY', t.id, t.name, lower(t.origin), r.experiment_id, r.id from ${found(by, "policies", "name")}
 left join lateral (select r.id, r.experiment_id from rounds r where r.policy_in_id = t.id order by r.id desc limit 1) r on true
 ${best("t.name")})
union all
(select 'REWARD_MODEL', t.id, t.name, 'round ' || r.index || ' of ' || e.name, e.id, r.id from ${found(by, "reward_models", "name")}
 join rounds r on r.id = t.round_id join experiments e on e.id = r.experiment_id ${best("t.name")})
union all
(select 'STUDY', t.id, t.name, lower(t.state), null, null from ${found(by, "studies", "name")} ${best("t.name")})
union all
(select 'PROMPT', t.id, t.text, s.name, r.experiment_id, r.id from ${found(by, "prompts", "text")} join prompt_sets s on s.id = t.prompt_set_id
 left join lateral (select r.id, r.experiment_id from experiments e join rounds r on r.experiment_id = e.id
   where e.prompt_set_id = t.prompt_set_id order by r.id desc limit 1) r on true
 ${best("t.text")})
union all
(select 'JOB', t.id, t.kind, concat_ws(', ', lower(t.state), t.worker), null, null
 from (select id, kind, state, worker from jobs ${by === "ID" ? "where id = $1::uuid" : ""} order by id desc limit ${NEWEST_JOBS}) t
 where ${by === "ID" ? "true" : `search_words(${JOB_WORDS}) @@ to_tsquery('simple', $1)`} order by t.id desc limit $3)`;
