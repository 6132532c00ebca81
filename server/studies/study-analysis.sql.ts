/** $1 study. Every vote that is no preview's and no practice, with what it was about; by participant, in their order. */
export const VOTE_ROWS = `
select p.number as participant, i.id as "itemId", pr.position as "promptPosition", pr.text as prompt, i.arm_a as "armA", i.arm_b as "armB",
  i.sample_a_id as "sampleAId", i.sample_b_id as "sampleBId", a.kind, a.flipped, v.choice, a.expected, v.response_ms as "responseMs"
from study_participants p join study_assignments a on a.participant_id = p.id join study_votes v on v.assignment_id = a.id
join study_items i on i.id = a.item_id join prompts pr on pr.id = i.prompt_id
where p.study_id = $1 and p.source <> 'PREVIEW' and a.kind <> 'PRACTICE' order by p.number, a.position`;

/** $1 study. Changes with every vote, changed vote and deleted participant. */
export const VOTES_STAMP = `
select concat_ws(' ', count(*), sum(v.revision), max(v.cast_at)) as stamp
from study_participants p join study_assignments a on a.participant_id = p.id join study_votes v on v.assignment_id = a.id
where p.study_id = $1`;

/** $1 study. Logits that reward models gave its samples. Index sample_scores_sample_id_idx. */
export const REWARD_SCORES = `
select m.id, m.name, x.sample_id as "sampleId", sc.logit as value
from (select sample_a_id as sample_id from study_items where study_id = $1 union select sample_b_id from study_items where study_id = $1) x
join sample_scores sc on sc.sample_id = x.sample_id join reward_models m on m.id = sc.reward_model_id order by m.id`;

/** $1 study. Metrics of its single samples; series of one name and provenance are one metric, whatever their round. */
export const SAMPLE_METRICS = `
select s.name || ' ' || s.provenance_key as id, s.name, s.direction, x.sample_id as "sampleId", v.value
from (select sample_a_id as sample_id from study_items where study_id = $1 union select sample_b_id from study_items where study_id = $1) x
join sample_metric_values v on v.sample_id = x.sample_id join sample_metric_series s on s.id = v.series_id order by 1`;
