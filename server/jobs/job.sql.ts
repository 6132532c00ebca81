/** State changes of the record of a job, each one guarded statement: zero rows means the caller was too late. */

/**
 * $1 kind, $2 natural key, $3 input. One living or succeeded job a natural key. What was begun and then cancelled or
 * failed goes on from its last checkpoint when the same work is asked for again.
 */
export const ADD = `
insert into jobs (kind, natural_key, input, checkpoint) values ($1, $2, $3::jsonb, (
  select checkpoint from jobs where kind = $1 and natural_key = $2 and input = $3::jsonb order by id desc limit 1))
on conflict (kind, natural_key) where state in ('QUEUED','RUNNING','SUCCEEDED') do nothing returning id`;

/** $1 kinds. Those that have queued jobs, the one that waits longest first. Index jobs_living_idx. */
export const WAITING_KINDS = `
select kind from jobs where state = 'QUEUED' and kind = any($1) group by kind order by min(id::text)`;

/** $1 id, $2 worker, $3 provider, $4 device. */
export const LEASE = `
update jobs set state = 'RUNNING', attempts = attempts + 1, worker = $2, provider = $3, device = $4, lease_token = gen_random_uuid(),
  started_at = coalesce(started_at, now()), error = null
where id = $1 and state in ('QUEUED','RUNNING') and cancel_requested_at is null returning id`;

/** $1 id, $2 lease, $3 progress, $4 message, $5 checkpoint, $6 log lines. The log keeps its last 16 kB. */
export const HEARTBEAT = `
update jobs set progress = coalesce($3, progress), progress_message = coalesce($4, progress_message),
  checkpoint = coalesce($5::jsonb, checkpoint), log_tail = right(log_tail || coalesce($6, ''), 16384)
where id = $1 and lease_token = $2
returning kind, cancel_requested_at is not null as cancel, worker, provider, device`;

/** $1 id, $2 lease, $3 result. */
export const COMPLETE = `
update jobs set state = 'SUCCEEDED', result = $3::jsonb, progress = 1, finished_at = now(), lease_token = null
where id = $1 and lease_token = $2 returning id`;

/** $1 id, $2 the state it goes to, $3 why, or null. Whatever it was, its lease ends. */
export const END_ATTEMPT = `
update jobs set state = $2, error = coalesce($3, error), lease_token = null,
  finished_at = case when $2 = 'QUEUED' then null else now() end
where id = $1`;
