/** $1 runs. Steps that have begun, with their jobs. Primary key of run_steps. */
export const STEPS_OF_RUNS = `
select s.run_id as "runId", s.round_index as "roundIndex", s.kind, s.job_id as "jobId", j.state, j.progress, j.error, j.kind as "jobKind",
  extract(epoch from coalesce(j.finished_at, now()) - j.started_at)::float8 as seconds
from run_steps s join jobs j on j.id = s.job_id where s.run_id = any($1)`;

/** $1 run, $2 round, $3 kind, $4 job. */
export const ADD_STEP = `insert into run_steps (run_id, round_index, kind, job_id) values ($1, $2, $3, $4)`;

/** $1 run. Steps whose job will not go on by itself are begun anew. */
export const FORGET_FAILED_STEPS = `
delete from run_steps s using jobs j where s.run_id = $1 and j.id = s.job_id and j.state in ('FAILED','CANCELLED')`;

/** $1 run, $2 state, $3 why, or null. */
export const END_RUN = `
update runs set state = $2, error = $3, finished_at = now() where id = $1 and state = 'RUNNING'`;

/** $1 runs, $2 metrics without their encoder. What was measured by the experiment's encoder on held-out prompts, by round. */
export const MEASURES_OF_ROUNDS = `
select u.id as "runId", r.index as "roundIndex", w.metric, p.value, p.low
from runs u join experiments e on e.id = u.experiment_id join rounds r on r.experiment_id = e.id
cross join unnest($2::text[]) as w(metric)
join metric_series m on m.subject = 'ROUND' and m.subject_id = r.id and m.name = w.metric || '(' || e.encoder || ')'
  and m.provenance->>'promptTag' = u.settings->>'evalTag'
cross join lateral (select value, low from metric_points where series_id = m.id order by step desc limit 1) p
where u.id = any($1) order by 1, 2`;

/** $1 runs. How well each round's own model tells proxy data from outputs. */
export const SEPARATION_OF_ROUNDS = `
select u.id as "runId", r.index as "roundIndex", w.held_out_auc as auc
from runs u join rounds r on r.experiment_id = u.experiment_id join reward_models w on w.round_id = r.id and w.name = 'R'
where u.id = any($1) and w.held_out_auc is not null order by 1, 2`;
