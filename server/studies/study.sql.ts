/** $1 round, $2 k. The sample of each prompt. Index samples_prompt_id_round_id_k_key. */
export const SAMPLES_BY_K = `
select prompt_id as "promptId", id, artifact_sha256 as "artifactSha256" from samples where round_id = $1 and k = $2`;

/** $1 round, $2 reward model, $3 K (null: all). What the model ranks first of each prompt's first K, by what its ranks go by. */
export const BEST_SAMPLES = `
select distinct on (s.prompt_id) s.prompt_id as "promptId", s.id, s.artifact_sha256 as "artifactSha256"
from samples s join sample_scores sc on sc.sample_id = s.id and sc.reward_model_id = $2
where s.round_id = $1 and ($3::int is null or s.k < $3)
order by s.prompt_id, coalesce(sc.votes, sc.score) desc, s.id`;

/** $1 prompt set, $2 tag (null: any), $3 positions (null: any). In order. */
export const PROMPTS = `
select id, position, text from prompts
where prompt_set_id = $1 and ($2::text is null or $2 = any(tags)) and ($3::int[] is null or position = any($3)) order by position`;

/** $1 prompt set. Its tags, in order. */
export const TAGS = "select distinct unnest(tags) as tag from prompts where prompt_set_id = $1 order by 1";

/** $1 study, $2.. columns of the items, in order of position. */
export const INSERT_ITEMS = `
insert into study_items (study_id, position, practice, prompt_id, arm_a, arm_b, sample_a_id, sample_b_id)
select $1, place - 1, practice, prompt_id, arm_a, arm_b, sample_a_id, sample_b_id
from unnest($2::boolean[], $3::uuid[], $4::int[], $5::int[], $6::uuid[], $7::uuid[]) with ordinality
  as i(practice, prompt_id, arm_a, arm_b, sample_a_id, sample_b_id, place)`;
