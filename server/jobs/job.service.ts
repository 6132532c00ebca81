import type { DataSource, EntityManager, EntityTarget } from "typeorm";
import type { ComputeProvider, JobState } from "../../shared/enums.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { Job } from "./job.entity.ts";
import { ADD, COMPLETE, END_ATTEMPT, HEARTBEAT, LEASE, WAITING_KINDS } from "./job.sql.ts";
import { JobQueue } from "./job-queue.ts";
import { heartbeatReport, jobEnd, leaseRequest } from "./worker-report.ts";
import { WorkerRoster } from "./worker-roster.ts";

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
  /**
   * Runs in the transaction that queues the work of a lost job again, with the job that does it: gives its subject to that job.
   * @throws UserError where the subject is gone or takes no such work any more
   */
  onRetry(tx: EntityManager, again: Job): Promise<void>;
}

/** What a lost job was about, which is to be worked on again. @throws UserError NOT_FOUND when it is gone */
export async function requireSubject<T extends { id: string }>(
  tx: EntityManager,
  { entity, id, what }: { entity: EntityTarget<T>; id: string; what: string },
): Promise<T> {
  const [subject] = await tx
    .getRepository(entity)
    .createQueryBuilder("s")
    .where("s.id = :id", { id })
    .take(1)
    .getMany();
  if (!subject) throw new UserError("NOT_FOUND", `The ${what} that the job was about is gone.`, "id");
  return subject;
}

/** What a worker computes on. */
export interface Machine {
  provider?: ComputeProvider | null;
  device?: string | null;
}

/** What HEARTBEAT says. */
interface HeartbeatRow extends Machine {
  kind: string;
  cancel: boolean;
  worker: string | null;
}

export interface JobOptions {
  /** A worker whose heartbeats stay away for so long loses its job; 10 at least. */
  leaseSeconds?: number;
  onError?: (error: unknown) => void;
}

/** A worker's heartbeat comes every few seconds; with this several missed and another worker takes the job. */
const LEASE_SECONDS = 20;
const SWEEP_MS = 3_000;
/** Without running jobs there is no lease to watch, only what is long done to drop. */
const IDLE_SUPERVISE_MS = 600_000;

export class JobService {
  /** Who works here. */
  readonly workers: WorkerRoster;
  private readonly kinds: Map<string, JobKind>;
  private readonly queue: JobQueue;
  private readonly onError: (error: unknown) => void;
  private sweeping: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private supervisedAt = 0;
  private readonly listeners: ((job: Job) => Promise<void>)[] = [];
  private readonly retryListeners: ((lost: Job) => Promise<void>)[] = [];

  constructor(
    private readonly db: DataSource,
    kinds: JobKind[],
    { leaseSeconds = LEASE_SECONDS, onError = () => undefined }: JobOptions = {},
  ) {
    this.kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.onError = onError;
    this.workers = new WorkerRoster(db, leaseSeconds);
    this.queue = new JobQueue(db, [...this.kinds.keys()], leaseSeconds, onError);
  }

  /**
   * Calls `listener` whenever a job has ended for good, after the commit that ended it and before its worker hears of it. A server
   * that dies between the two calls nobody.
   */
  onEnd(listener: (job: Job) => Promise<void>): void {
    this.listeners.push(listener);
  }

  /** Calls `listener` with a lost job whose work has been queued again, after the commit; a retry that is repeated calls again. */
  onRetried(listener: (lost: Job) => Promise<void>): void {
    this.retryListeners.push(listener);
  }

  /** Starts the queue and, every few seconds, takes jobs from workers that fell silent; until `stop`. */
  async watch(): Promise<void> {
    await this.queue.start();
    this.timer = setInterval(() => {
      this.sweeping ??= this.sweep()
        .catch(this.onError)
        .finally(() => {
          this.sweeping = undefined;
        });
    }, SWEEP_MS);
  }

  /** Lets go of the database; nothing that was queued or leased changes. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
    await this.queue.stop();
  }

  /**
   * Adds a job inside the caller's transaction; the same kind and natural key gives the job that is there. Work that was
   * cancelled or failed and is asked for again, with the same input, goes on from its checkpoint.
   */
  async start(tx: EntityManager, kind: string, naturalKey: string, input: Record<string, unknown>): Promise<Job> {
    const [added]: { id: string }[] = await tx.query(ADD, [kind, naturalKey, JSON.stringify(input)]);
    if (added) await this.queue.add(tx, kind, added.id);
    return tx
      .getRepository(Job)
      .createQueryBuilder("j")
      .where("j.kind = :kind and j.naturalKey = :naturalKey and j.state in ('QUEUED','RUNNING','SUCCEEDED')", {
        kind,
        naturalKey,
      })
      .getOneOrFail();
  }

  /** The next job of these kinds, now leased to `worker`; null if there is none. @throws UserError BAD_INPUT */
  async lease(workerName: string, wantedKinds: string[], machine: Machine = {}): Promise<Job | null> {
    const request = parseInput(leaseRequest, { worker: workerName, kinds: wantedKinds, ...machine });
    const { worker, kinds, provider = null, device = null } = request;
    await this.workers.heard(worker, { provider, device });
    const waiting: { kind: string }[] = await this.db.query(WAITING_KINDS, [kinds]);
    for (const { kind } of waiting.filter((row) => this.kinds.has(row.kind))) {
      const job = await inTransaction(this.db, async (tx) => {
        const id = await this.queue.take(tx, kind);
        if (!id) return null;
        const [rows]: [{ id: string }[], number] = await tx.query(LEASE, [id, worker, provider, device]);
        // Its record ended without the queue, by hand perhaps: nobody must run it.
        if (!rows[0]) await this.queue.remove(tx, kind, id);
        return rows[0] ? tx.getRepository(Job).findOneByOrFail({ id }) : null;
      });
      if (job) return job;
    }
    return null;
  }

  /** Keeps the lease, records progress. @returns whether somebody asked to cancel. @throws UserError BAD_INPUT, LEASE_LOST */
  async heartbeat(
    jobId: string,
    leaseToken: string,
    news: {
      progress?: number | null;
      message?: string | null;
      checkpoint?: Record<string, unknown> | null;
      log?: string | null;
    },
  ): Promise<boolean> {
    const { jobId: id, ...report } = parseInput(heartbeatReport, { ...news, jobId, leaseToken });
    const beat = await inTransaction(this.db, async (tx) => {
      const [[row]]: [HeartbeatRow[], number] = await tx.query(HEARTBEAT, [
        id,
        leaseToken,
        report.progress ?? null,
        report.message ?? null,
        report.checkpoint ? JSON.stringify(report.checkpoint) : null,
        report.log ?? null,
      ]);
      if (!row || !(await this.queue.touch(tx, row.kind, id))) throw this.leaseLost(id);
      return row;
    });
    if (beat.worker) await this.workers.heard(beat.worker, beat);
    return beat.cancel;
  }

  /** Ends a leased job the way its worker says it ended. @throws UserError BAD_INPUT, LEASE_LOST */
  finish(report: unknown): Promise<Job> {
    const { jobId, leaseToken, ...end } = parseInput(jobEnd, report);
    if (end.cancelled) return this.cancelled(jobId, leaseToken);
    if (end.released) return this.release(jobId, leaseToken);
    if (end.error != null) return this.fail(jobId, leaseToken, end.error, end.final ?? false);
    return this.complete(jobId, leaseToken, end.result ?? {});
  }

  /** Ends a job and writes its outcome into the record, in one transaction. Repeating it changes nothing. */
  async complete(id: string, leaseToken: string, result: Record<string, unknown>): Promise<Job> {
    const job = await inTransaction(this.db, async (tx) => {
      const [rows]: [{ id: string }[], number] = await tx.query(COMPLETE, [id, leaseToken, JSON.stringify(result)]);
      const job = await tx.getRepository(Job).findOneBy({ id });
      if (!job || (!rows[0] && job.state !== "SUCCEEDED")) throw this.leaseLost(id);
      if (!rows[0]) return job;
      if (!(await this.queue.complete(tx, job.kind, id))) throw this.leaseLost(id);
      const kind = this.kindOf(job);
      await kind.onComplete(tx, job, kind.parseResult(result));
      return job;
    });
    return this.told(job);
  }

  /**
   * Records a failure; the job is tried again a little later unless it was its last attempt or `final`.
   * @throws UserError LEASE_LOST
   */
  async fail(id: string, leaseToken: string, error: string, final: boolean): Promise<Job> {
    const failed = await inTransaction(this.db, async (tx) => {
      const job = await this.leased(tx, id, leaseToken);
      const again = !final && (await this.queue.fail(tx, job.kind, id, error.slice(0, 4000))) === "retry";
      if (final) await this.queue.remove(tx, job.kind, id);
      return this.endAttempt(tx, job, again ? "QUEUED" : "FAILED", error.slice(0, 4000));
    });
    return this.told(failed);
  }

  /** The worker stops in good order: the job is queued again and no attempt is lost. @throws UserError LEASE_LOST */
  async release(id: string, leaseToken: string): Promise<Job> {
    return inTransaction(this.db, async (tx) => {
      const job = await this.leased(tx, id, leaseToken);
      await this.queue.release(tx, job.kind, id);
      return this.endAttempt(tx, job, "QUEUED");
    });
  }

  /** Cancels: at once while queued; while running the worker is told at its next heartbeat. */
  async cancel(jobId: string): Promise<Job> {
    const id = parseId(jobId, "id");
    const cancelled = await inTransaction(this.db, async (tx) => {
      const job = await this.locked(tx, id);
      if (!job) throw new UserError("NOT_FOUND", `No job ${id}.`, "id");
      if (job.state !== "QUEUED" && job.state !== "RUNNING")
        throw new UserError("JOB_FINISHED", `The job has already ended as ${job.state}.`, "id");
      await tx.query("update jobs set cancel_requested_at = coalesce(cancel_requested_at, now()) where id = $1", [id]);
      if (job.state === "RUNNING") return tx.getRepository(Job).findOneByOrFail({ id });
      await this.queue.remove(tx, job.kind, id);
      return this.endAttempt(tx, job, "CANCELLED");
    });
    return this.told(cancelled);
  }

  /**
   * Queues the work of a job that failed or was cancelled again, from its last checkpoint. Asked twice it is the same job; the lost
   * one stays as it ended. @throws UserError BAD_INPUT, NOT_FOUND (the job or its subject), JOB_NOT_LOST, and as the kind's `onRetry`
   */
  async retry(jobId: string): Promise<Job> {
    const id = parseId(jobId, "id");
    const { lost, again } = await inTransaction(this.db, async (tx) => {
      const job = await this.locked(tx, id);
      if (!job) throw new UserError("NOT_FOUND", `No job ${id}.`, "id");
      if (job.state !== "FAILED" && job.state !== "CANCELLED")
        throw new UserError(
          "JOB_NOT_LOST",
          `The job is ${job.state}; only one that failed or was cancelled can be tried again.`,
          "id",
        );
      const again = await this.start(tx, job.kind, job.naturalKey, job.input);
      if (again.state !== "SUCCEEDED") await this.kindOf(job).onRetry(tx, again);
      return { lost: job, again };
    });
    for (const listener of this.retryListeners) await listener(lost).catch(this.onError);
    return again;
  }

  /** The worker stopped because it was asked to. @throws UserError LEASE_LOST */
  async cancelled(id: string, leaseToken: string): Promise<Job> {
    const cancelled = await inTransaction(this.db, async (tx) => {
      const job = await this.leased(tx, id, leaseToken);
      if (!job.cancelRequestedAt) throw this.leaseLost(id);
      await this.queue.remove(tx, job.kind, id);
      return this.endAttempt(tx, job, "CANCELLED");
    });
    return this.told(cancelled);
  }

  /**
   * Takes jobs from workers that fell silent: queued again, or given up after the last attempt or when a cancel was asked
   * for. `watch` does it all the time.
   */
  async sweep(): Promise<void> {
    const [running] = await this.db.query("select 1 from jobs where state = 'RUNNING' limit 1");
    const supervise = running || Date.now() - this.supervisedAt > IDLE_SUPERVISE_MS;
    if (supervise) {
      await this.queue.supervise();
      this.supervisedAt = Date.now();
    }
    for (const id of await this.queue.strays()) await this.settle(id);
  }

  /** Brings the record of a job to what the queue says of it. */
  private async settle(id: string): Promise<void> {
    const settled = await inTransaction(this.db, async (tx) => {
      const job = await this.locked(tx, id);
      if (job?.state !== "QUEUED" && job?.state !== "RUNNING") return null;
      const state = await this.queue.stateOf(tx, job.kind, id);
      const waits = state === "created" || state === "retry";
      if (state === "active" ? job.state === "RUNNING" : waits && job.state === "QUEUED") return null;
      if (job.cancelRequestedAt) {
        await this.queue.remove(tx, job.kind, id);
        return this.endAttempt(tx, job, "CANCELLED");
      }
      if (state === null || state === "active") {
        // The queue was lost, or its claim never became a lease.
        await this.queue.release(tx, job.kind, id);
        return this.endAttempt(tx, job, "QUEUED");
      }
      return this.endAttempt(tx, job, waits ? "QUEUED" : "FAILED", "The worker stopped answering.");
    });
    if (settled) await this.told(settled);
  }

  /** Tells those who wait for a job that it has ended; their trouble is not the worker's. */
  private async told(job: Job): Promise<Job> {
    if (job.state !== "QUEUED" && job.state !== "RUNNING")
      for (const listener of this.listeners) await listener(job).catch(this.onError);
    return job;
  }

  /** How many jobs are on record, by kind and state. */
  counts(): Promise<{ kind: string; state: JobState; count: number }[]> {
    return this.db.query("select kind, state, count(*)::int as count from jobs group by kind, state order by 1, 2");
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

  private async leased(tx: EntityManager, id: string, leaseToken: string): Promise<Job> {
    const job = await this.locked(tx, id);
    if (job?.state !== "RUNNING" || job.leaseToken !== leaseToken) throw this.leaseLost(id);
    if ((await this.queue.stateOf(tx, job.kind, id)) !== "active") throw this.leaseLost(id);
    return job;
  }

  private locked(tx: EntityManager, id: string): Promise<Job | null> {
    return tx.getRepository(Job).findOne({ where: { id }, lock: { mode: "pessimistic_write" } });
  }

  private async endAttempt(tx: EntityManager, { id }: Job, state: string, error: string | null = null): Promise<Job> {
    await tx.query(END_ATTEMPT, [id, state, error]);
    const job = await tx.getRepository(Job).findOneByOrFail({ id });
    if (state === "FAILED" || state === "CANCELLED") await this.kindOf(job).onGiveUp?.(tx, job);
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
