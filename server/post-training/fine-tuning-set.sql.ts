/**
 * What a policy is post-trained on (section 3.3). Only prompts with the tag, only train items of the proxy set: nothing that
 * rounds are measured on.
 */

/** $1 reward model, $2 prompt tag, $3 how many a prompt. The best samples of each prompt, in order of prompt and rank. */
export const SELECTED_IMAGES = `
select s.prompt_position as "promptPosition", p.text as prompt, s.artifact_sha256 as "artifactSha256", sc.rank
from reward_models m join samples s on s.round_id = m.round_id join prompts p on p.id = s.prompt_id
join sample_scores sc on sc.reward_model_id = m.id and sc.sample_id = s.id
where m.id = $1 and $2 = any(p.tags) and sc.rank <= $3 order by s.prompt_position, sc.rank`;

/** $1 reward model, $2 prompt tag. In order of prompt; people's pairs beside the model's. */
export const SELECTED_PAIRS = `
select p.position as "promptPosition", p.text as prompt, c.artifact_sha256 as "chosenSha256", j.artifact_sha256 as "rejectedSha256"
from pairs q join prompts p on p.id = q.prompt_id
join samples c on c.id = q.chosen_sample_id join samples j on j.id = q.rejected_sample_id
where q.reward_model_id = $1 and $2 = any(p.tags) order by p.position, q.source`;

/** $1 round. Proxy images, in an order of content alone. */
export const REAL_IMAGES = `
select coalesce(i.prompt, '') as prompt, i.artifact_sha256 as "artifactSha256"
from rounds r join experiments e on e.id = r.experiment_id join proxy_items i on i.proxy_set_id = e.proxy_set_id
where r.id = $1 and i.split = 'TRAIN' order by i.artifact_sha256`;

/** $1 policy, $2 job. */
export const GIVE_POLICY_TO_JOB = "update policies set job_id = $2 where id = $1";

/** $1 policy, $2 round. The latest that was asked for, until one has weights. */
export const LEAD_ROUND_TO = `
update rounds r set policy_out_id = $1 where r.id = $2 and policy_out_id is distinct from $1
  and not exists (select 1 from policies p where p.id = r.policy_out_id and (p.weights_sha256 is not null or p.folder is not null))`;
