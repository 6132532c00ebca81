import type { DataSource } from "typeorm";
import type { WorkerState } from "../../shared/enums.ts";
import type { Machine } from "./job.service.ts";
import type { Worker } from "./worker.entity.ts";

/** A worker that asks twice a second is written down this often. */
const NOTE_EVERY_MS = 5_000;
/** How long a worker that fell silent is still listed, so that one sees what is gone. */
const LISTED_FOR = "5 minutes";
const MOST_LISTED = 200;
/** Names of which one server remembers when it noted them. */
const REMEMBERED = 10_000;

/** $1 name, $2 provider, $3 device. A worker that joins makes the roster forget those long gone. */
const NOTE = `
with forgotten as (
  delete from workers where heard_at < now() - interval '1 day' and not exists (select 1 from workers where name = $1))
insert into workers as w (name, provider, device) values ($1, $2, $3)
on conflict (name) do update set provider = excluded.provider, device = excluded.device, heard_at = now(),
  since = case when w.heard_at < now() - interval '${LISTED_FOR}' then now() else w.since end`;

/** $1 seconds of silence. The rows are few: one for each worker of the last day. Index jobs_worker_idx. */
const LISTED = `
select w.name, w.provider, w.device, w.since, w.heard_at as "heardAt", case
  when w.heard_at < now() - make_interval(secs => $1) then 'SILENT'
  when exists (select 1 from jobs j where j.worker = w.name and j.state = 'RUNNING') then 'BUSY'
  else 'IDLE' end as state
from workers w where w.heard_at > now() - interval '${LISTED_FOR}' order by w.name limit ${MOST_LISTED}`;

/** Which workers there are, as they make themselves heard: when they ask for work, and with the heartbeats of their jobs. */
export class WorkerRoster {
  private readonly notedAt = new Map<string, number>();

  /** @param silentSeconds after which a worker counts as silent */
  constructor(
    private readonly db: DataSource,
    private readonly silentSeconds: number,
  ) {}

  /** Notes that a worker was heard of: one statement every few seconds and server, however often it asks. */
  async heard(name: string, { provider = null, device = null }: Machine): Promise<void> {
    const now = Date.now();
    if (now - (this.notedAt.get(name) ?? 0) < NOTE_EVERY_MS) return;
    if (this.notedAt.size >= REMEMBERED) this.notedAt.clear();
    this.notedAt.set(name, now);
    await this.db.query(NOTE, [name, provider, device]);
  }

  /** Workers heard of in the last minutes, by name, 200 at most. */
  list(): Promise<(Worker & { state: WorkerState })[]> {
    return this.db.query(LISTED, [this.silentSeconds]);
  }
}
