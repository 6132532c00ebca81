import type { DataSource, EntityManager } from "typeorm";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { Job } from "./job.entity.ts";
import { CANCEL, COMPLETE, FAIL, HEARTBEAT, LEASE_NEXT, REAP } from "./job.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    jobs: JobService;
  }
}

/** What a domain hands to `jobs/`: how a finished job of this kind is written into the record. */
export interface JobKind<Result = unknown> {
  name: string;
  /** Checks what a worker sent. @throws UserError BAD_INPUT */
  parseResult(result: unknown): Result;
  /** Runs in the transaction that ends the job; if it throws, the job has not ended. */
  onComplete(tx: EntityManager, job: Job, result: Result): Promise<void>;
  /** Runs in the transaction that gives the job up (failed for good or cancelled). */
  onGiveUp?(tx: EntityManager, job: Job): Promise<void>;
}

/** Lease length. A worker's heartbeat comes every few seconds; three missed and another worker takes the job. */
export const LEASE_SECONDS = 20;

export class JobService {
  private readonly kinds: Map<string, JobKind>;
  constructor(
    private readonly db: DataSource,
    kinds: JobKind[],
  ) {
    this.kinds = new Map(kinds.map((kind) => [kind.name, kind]));
  }

  /** Adds a job inside the caller's transaction; the same kind and natural key gives the job that is there. */
  async start(tx: EntityManager, kind: string, naturalKey: string, input: Record<string, unknown>): Promise<Job> {
    await tx.query(
      `insert into jobs (kind, natural_key, input) values ($1, $2, $3)
       on conflict (kind, natural_key) where state in ('QUEUED','RUNNING','SUCCEEDED') do nothing`,
      [kind, naturalKey, JSON.stringify(input)],
    );
    const job = await tx
      .getRepository(Job)
      .createQueryBuilder("j")
      .where("j.kind = :kind and j.naturalKey = :naturalKey and j.state in ('QUEUED','RUNNING','SUCCEEDED')", {
        kind,
        naturalKey,
      })
      .getOneOrFail();
    return job;
  }

  /** The next job of these kinds, now leased to `worker`; null if there is none. Jobs whose worker died come first. */
  async lease(worker: string, kinds: string[]): Promise<Job | null> {
    await this.reap();
    const [rows]: [{ id: string }[], number] = await this.db.query(LEASE_NEXT, [kinds, worker, LEASE_SECONDS]);
    const id = rows[0]?.id;
    return id ? this.db.getRepository(Job).findOneByOrFail({ id }) : null;
  }

  /** Keeps the lease, records progress. @returns whether somebody asked to cancel. @throws UserError LEASE_LOST */
  async heartbeat(
    id: string,
    leaseToken: string,
    report: {
      progress?: number | null;
      message?: string | null;
      checkpoint?: Record<string, unknown> | null;
      log?: string | null;
    },
  ): Promise<boolean> {
    const checkpoint = report.checkpoint ? JSON.stringify(report.checkpoint) : null;
    const [rows]: [{ cancel: boolean }[], number] = await this.db.query(HEARTBEAT, [
      id,
      leaseToken,
      LEASE_SECONDS,
      report.progress ?? null,
      report.message ?? null,
      checkpoint,
      report.log ?? null,
    ]);
    if (!rows[0]) throw this.leaseLost(id);
    return rows[0].cancel;
  }

  /** Ends a job and writes its outcome into the record, in one transaction. Repeating it changes nothing. */
  async complete(id: string, leaseToken: string, result: Record<string, unknown>): Promise<Job> {
    return inTransaction(this.db, async (tx) => {
      const [rows]: [{ id: string }[], number] = await tx.query(COMPLETE, [id, leaseToken, JSON.stringify(result)]);
      const job = await tx.getRepository(Job).findOneBy({ id });
      if (!job || (!rows[0] && job.state !== "SUCCEEDED")) throw this.leaseLost(id);
      if (!rows[0]) return job;
      const kind = this.kindOf(job);
      await kind.onComplete(tx, job, kind.parseResult(result));
      return job;
    });
  }

  /** Records a failure; the job is tried again later unless it was its last attempt or `final`. */
  async fail(id: string, leaseToken: string, error: string, final: boolean): Promise<Job> {
    return inTransaction(this.db, async (tx) => {
      const [rows]: [{ id: string }[], number] = await tx.query(FAIL, [id, leaseToken, error.slice(0, 4000), final]);
      if (!rows[0]) throw this.leaseLost(id);
      return this.afterEnd(tx, id);
    });
  }

  /** Cancels: at once while queued; while running the worker is told at its next heartbeat. */
  async cancel(id: string): Promise<Job> {
    return inTransaction(this.db, async (tx) => {
      const [rows]: [{ id: string }[], number] = await tx.query(CANCEL, [id]);
      const job = await tx.getRepository(Job).findOneBy({ id });
      if (!job) throw new UserError("NOT_FOUND", `No job ${id}.`, "id");
      if (!rows[0]) throw new UserError("JOB_FINISHED", `The job has already ended as ${job.state}.`, "id");
      return this.afterEnd(tx, id);
    });
  }

  /** The worker stopped because it was asked to. */
  async cancelled(id: string, leaseToken: string): Promise<Job> {
    return inTransaction(this.db, async (tx) => {
      const [rows]: [{ id: string }[], number] = await tx.query(
        `update jobs set state = 'CANCELLED', finished_at = now(), lease_token = null, lease_expires_at = null
         where id = $1 and lease_token = $2 and cancel_requested_at is not null returning id`,
        [id, leaseToken],
      );
      if (!rows[0]) throw this.leaseLost(id);
      return this.afterEnd(tx, id);
    });
  }

  list(args: PageArgs & { state?: string | null; kind?: string | null }): Promise<Page<Job>> {
    const where: string[] = [];
    const params: unknown[] = [];
    if (args.state) where.push(`j.state = $${params.push(args.state)}`);
    if (args.kind) where.push(`j.kind = $${params.push(args.kind)}`);
    const ordering = { name: "jobs", columns: [{ sql: "j.id", type: "uuid" }], descending: true };
    return keysetPage<Job>(
      this.db.manager,
      { select: selectOf(this.db.manager, Job, "j"), from: "jobs j", where, params, ordering },
      args,
    );
  }

  /** Gives up jobs whose workers died on the last attempt or after a cancel. */
  private async reap(): Promise<void> {
    const expired = "select 1 from jobs where state = 'RUNNING' and lease_expires_at < now() limit 1";
    if ((await this.db.query(expired)).length === 0) return;
    // The job and what depended on it are given up together, or neither is.
    await inTransaction(this.db, async (tx) => {
      const [rows]: [{ id: string }[], number] = await tx.query(REAP);
      for (const { id } of rows) await this.afterEnd(tx, id);
    });
  }

  private async afterEnd(tx: EntityManager, id: string): Promise<Job> {
    const job = await tx.getRepository(Job).findOneByOrFail({ id });
    if (job.state === "FAILED" || job.state === "CANCELLED") await this.kindOf(job).onGiveUp?.(tx, job);
    return job;
  }

  private kindOf(job: Job): JobKind {
    const kind = this.kinds.get(job.kind);
    if (!kind) throw new Error(`no job kind ${job.kind} is registered`);
    return kind;
  }

  private leaseLost(id: string): UserError {
    return new UserError(
      "LEASE_LOST",
      `Job ${id} is no longer leased to this worker; stop and take another.`,
      "leaseToken",
    );
  }
}
