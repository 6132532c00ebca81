/**
 * The only door to pg-boss, which decides who works on what: order, leases (its heartbeats), retries and back-off. Every
 * call takes the caller's transaction, so queue and record (`jobs`) change together or not at all. See ARCHITECTURE.md.
 */
import type pg from "pg";
import { type CommandResponse, type Db, PgBoss } from "pg-boss";
import type { DataSource, EntityManager } from "typeorm";

const SCHEMA = "pgboss";
/** A job whose worker died or that failed is tried twice more, after about 2 and 4 seconds. */
const RETRY_LIMIT = 2;
const RETRY_DELAY_SECONDS = 2;
const DAY_SECONDS = 86_400;
/** What pg-boss allows an attempt at most; a longer job goes on from its checkpoint in the next attempt. */
const LONGEST_ATTEMPT_SECONDS = DAY_SECONDS;
/** A queued job waits as long as it takes for a worker to come. */
const LONGEST_WAIT_SECONDS = 10 * 365 * DAY_SECONDS;

/** pg-boss's words for where a job is. */
export type QueueState = "created" | "retry" | "active" | "completed" | "cancelled" | "failed";

/** pg-boss runs on the connections that TypeORM holds. */
const poolOf = (db: DataSource): Db => {
  const pool = (db.driver as unknown as { master: pg.Pool }).master;
  return { executeSql: (text, values) => pool.query(text, values) };
};

const transactionOf = (tx: EntityManager): Db => ({
  async executeSql(text, values) {
    const connection: pg.PoolClient = await tx.queryRunner?.connect();
    return connection.query(text, values);
  },
});

/** pg-boss answers with the number of jobs that a command changed, which its types leave out. */
const changedOne = (answer: CommandResponse): boolean => (answer as { affected?: number }).affected === 1;

export class JobQueue {
  private starting: Promise<PgBoss> | undefined;

  /**
   * @param kinds one queue each
   * @param leaseSeconds a worker that is silent for so long loses its job; 10 at least
   */
  constructor(
    private readonly db: DataSource,
    private readonly kinds: readonly string[],
    private readonly leaseSeconds: number,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Installs or updates pg-boss's tables and starts using them; any other call does so by itself. */
  async start(): Promise<void> {
    await this.boss();
  }

  async stop(): Promise<void> {
    const starting = this.starting;
    this.starting = undefined;
    await (await starting?.catch(() => undefined))?.stop({ graceful: false });
  }

  /** Queues a job under the id of its record. */
  async add(tx: EntityManager, kind: string, id: string): Promise<void> {
    await (await this.boss()).send(kind, null, { id, db: transactionOf(tx) });
  }

  /** The id of this kind's oldest job that may run now, from here on leased to the caller; null if there is none. */
  async take(tx: EntityManager, kind: string): Promise<string | null> {
    const [job] = await (await this.boss()).fetch(kind, { db: transactionOf(tx) });
    return job?.id ?? null;
  }

  /** Renews the lease. @returns false when it ran out */
  async touch(tx: EntityManager, kind: string, id: string): Promise<boolean> {
    return changedOne(await (await this.boss()).touch(kind, id, { db: transactionOf(tx) }));
  }

  /** @returns false when the lease ran out */
  async complete(tx: EntityManager, kind: string, id: string): Promise<boolean> {
    return changedOne(await (await this.boss()).complete(kind, id, null, { db: transactionOf(tx) }));
  }

  /** Ends an attempt. @returns where that leaves the job: "retry", or "failed" after the last attempt */
  async fail(tx: EntityManager, kind: string, id: string, message: string): Promise<QueueState | null> {
    await (await this.boss()).fail(kind, id, { message }, { db: transactionOf(tx) });
    return this.stateOf(tx, kind, id);
  }

  /** Back to the front of the queue with all its attempts, for a worker that stops in good order. */
  async release(tx: EntityManager, kind: string, id: string): Promise<void> {
    await (await this.boss()).deleteJob(kind, id, { db: transactionOf(tx) });
    await this.add(tx, kind, id);
  }

  /** Takes a job out of the queue, whatever it is doing. */
  async remove(tx: EntityManager, kind: string, id: string): Promise<void> {
    await (await this.boss()).cancel(kind, id, { db: transactionOf(tx) });
  }

  /** @returns null for a job that the queue does not know */
  async stateOf(tx: EntityManager, kind: string, id: string): Promise<QueueState | null> {
    const rows: { state: QueueState }[] = await tx.query(
      `select state::text from ${SCHEMA}.job where name = $1 and id = $2`,
      [kind, id],
    );
    return rows[0]?.state ?? null;
  }

  /** Ends the attempts of workers that fell silent, and drops what is long done. */
  async supervise(): Promise<void> {
    const boss = await this.boss();
    for (const kind of this.kinds) await boss.supervise(kind);
  }

  /** Ids of living records that the queue disagrees with. */
  async strays(): Promise<string[]> {
    await this.boss();
    const rows: { id: string }[] = await this.db.query(
      `select j.id from jobs j left join ${SCHEMA}.job q on q.name = j.kind and q.id = j.id
       where j.kind = any($1)
         and ((j.state = 'QUEUED' and coalesce(q.state::text, '') not in ('created', 'retry'))
           or (j.state = 'RUNNING' and coalesce(q.state::text, '') <> 'active'))`,
      [this.kinds],
    );
    return rows.map((row) => row.id);
  }

  /** Started at first use; a start that failed, because Postgres was away, is tried again by the next call. */
  private boss(): Promise<PgBoss> {
    this.starting ??= this.startBoss().catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    });
    return this.starting;
  }

  private async startBoss(): Promise<PgBoss> {
    const boss = new PgBoss({
      db: poolOf(this.db),
      schema: SCHEMA,
      supervise: false,
      schedule: false,
      registerInstance: false,
      monitorVacuum: false,
      monitorIntervalSeconds: 1,
    });
    boss.on("error", this.onError);
    await boss.start();
    const policy = {
      retryLimit: RETRY_LIMIT,
      retryDelay: RETRY_DELAY_SECONDS,
      retryBackoff: true,
      expireInSeconds: LONGEST_ATTEMPT_SECONDS,
      retentionSeconds: LONGEST_WAIT_SECONDS,
      heartbeatSeconds: this.leaseSeconds,
    };
    for (const kind of this.kinds) {
      await boss.createQueue(kind, policy);
      await boss.updateQueue(kind, policy);
    }
    return boss;
  }
}
