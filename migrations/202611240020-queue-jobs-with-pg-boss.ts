import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * pg-boss is the queue: leases, retries and back-off are its own, in the schema `pgboss` that it installs and updates by
 * itself. A job that ran when this was applied is queued again and goes on from its checkpoint.
 */
export class QueueJobsWithPgBoss1795478420000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`update "jobs" set "state" = 'QUEUED', "lease_token" = null where "state" = 'RUNNING'`);
    await runner.query(`drop index "jobs_next_idx"`);
    await runner.query(
      `alter table "jobs" drop column "lease_expires_at", drop column "run_after", drop column "max_attempts"`,
    );
    await runner.query(`create index "jobs_living_idx" on "jobs" ("kind", "id") where "state" in ('QUEUED','RUNNING')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop schema if exists "pgboss" cascade`);
    await runner.query(`drop index "jobs_living_idx"`);
    await runner.query(`
      alter table "jobs" add column "max_attempts" integer NOT NULL DEFAULT '3',
        add column "run_after" timestamptz NOT NULL DEFAULT now(), add column "lease_expires_at" timestamptz`);
    await runner.query(
      `create index "jobs_next_idx" on "jobs" ("kind", "run_after", "id") where "state" in ('QUEUED','RUNNING')`,
    );
  }
}
