import type { MigrationInterface, QueryRunner } from "typeorm";

/** Work for workers. A running job has a lease and no other has one; one living job a natural key. */
export class CreateJobs1795478402000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "jobs" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "kind" text NOT NULL,
        "natural_key" text NOT NULL,
        "state" text NOT NULL DEFAULT 'QUEUED',
        "input" jsonb NOT NULL,
        "result" jsonb,
        "checkpoint" jsonb,
        "progress" double precision NOT NULL DEFAULT '0',
        "progress_message" text NOT NULL DEFAULT '',
        "attempts" integer NOT NULL DEFAULT '0',
        "max_attempts" integer NOT NULL DEFAULT '3',
        "worker" text,
        "lease_token" uuid,
        "lease_expires_at" timestamptz,
        "cancel_requested_at" timestamptz,
        "error" text,
        "log_tail" text NOT NULL DEFAULT '',
        "run_after" timestamptz NOT NULL DEFAULT now(),
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "started_at" timestamptz,
        "finished_at" timestamptz,
        CONSTRAINT "jobs_lease_check" CHECK (("state" = 'RUNNING') = ("lease_token" is not null)),
        CONSTRAINT "jobs_progress_check" CHECK ("progress" between 0 and 1),
        CONSTRAINT "jobs_state_check" CHECK ("state" in ('QUEUED','RUNNING','SUCCEEDED','FAILED','CANCELLED')),
        CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "jobs_next_idx" ON "jobs" ("kind", "run_after", "id") WHERE "state" in ('QUEUED','RUNNING')`);
    await runner.query(`
      CREATE UNIQUE INDEX "jobs_natural_key_key" ON "jobs" ("kind", "natural_key") WHERE "state" in ('QUEUED','RUNNING','SUCCEEDED')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "jobs"`);
  }
}
