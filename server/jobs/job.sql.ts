/** State changes of jobs, each one guarded statement: zero rows means the caller was too late. */

/** $1 kinds, $2 worker, $3 lease seconds. Oldest first; skips rows that another worker is taking. Index jobs_next_idx. */
export const LEASE_NEXT = `
update jobs set state = 'RUNNING', attempts = attempts + 1, worker = $2, lease_token = gen_random_uuid(),
  lease_expires_at = now() + make_interval(secs => $3), started_at = coalesce(started_at, now()), error = null
where id = (
  select id from jobs where kind = any($1) and (
    (state = 'QUEUED' and run_after <= now())
    or (state = 'RUNNING' and lease_expires_at < now() and attempts < max_attempts and cancel_requested_at is null))
  order by run_after, id for update skip locked limit 1)
returning id`;

/** $1 id, $2 lease, $3 lease seconds, $4 progress, $5 message, $6 checkpoint, $7 log lines. The log keeps its last 16 kB. */
export const HEARTBEAT = `
update jobs set lease_expires_at = now() + make_interval(secs => $3), progress = coalesce($4, progress),
  progress_message = coalesce($5, progress_message), checkpoint = coalesce($6::jsonb, checkpoint),
  log_tail = right(log_tail || coalesce($7, ''), 16384)
where id = $1 and lease_token = $2 and state = 'RUNNING'
returning cancel_requested_at is not null as cancel`;

/** $1 id, $2 lease, $3 result. */
export const COMPLETE = `
update jobs set state = 'SUCCEEDED', result = $3::jsonb, progress = 1, finished_at = now(), lease_token = null, lease_expires_at = null
where id = $1 and lease_token = $2 and state = 'RUNNING' returning id`;

/** $1 id, $2 lease, $3 error, $4 final. Waits 2, 4, 8, ... seconds before the next attempt. */
export const FAIL = `
update jobs set error = $3, lease_token = null, lease_expires_at = null,
  state = case when $4 or attempts >= max_attempts then 'FAILED' else 'QUEUED' end,
  finished_at = case when $4 or attempts >= max_attempts then now() end,
  run_after = now() + make_interval(secs => power(2, attempts))
where id = $1 and lease_token = $2 and state = 'RUNNING' returning id`;

/** $1 id. */
export const CANCEL = `
update jobs set cancel_requested_at = coalesce(cancel_requested_at, now()),
  state = case when state = 'QUEUED' then 'CANCELLED' else state end,
  finished_at = case when state = 'QUEUED' then now() end
where id = $1 and state in ('QUEUED', 'RUNNING') returning id`;

/** Running jobs whose lease ran out and that nobody may take again. */
export const REAP = `
update jobs set state = case when cancel_requested_at is not null then 'CANCELLED' else 'FAILED' end,
  error = coalesce(error, 'The worker stopped answering.'), finished_at = now(), lease_token = null, lease_expires_at = null
where state = 'RUNNING' and lease_expires_at < now() and (attempts >= max_attempts or cancel_requested_at is not null)
returning id`;
