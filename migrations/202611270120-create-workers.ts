import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Which workers there are, idle ones too, as they make themselves heard. Nothing refers to a row and nothing is lost with it: rows of
 * workers long gone are dropped as new ones come. The index says which job a worker has.
 */
export class CreateWorkers1795737720000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "workers" (
        "name" text NOT NULL,
        "provider" text,
        "device" text,
        "since" timestamptz NOT NULL DEFAULT now(),
        "heard_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "workers_provider_check" CHECK ("provider" in ('CPU','WEBGPU','CUDA')),
        CONSTRAINT "workers_pkey" PRIMARY KEY ("name")
      )`);
    await runner.query(`CREATE INDEX "jobs_worker_idx" ON "jobs" ("worker") WHERE "state" = 'RUNNING'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX "jobs_worker_idx"`);
    await runner.query(`DROP TABLE "workers"`);
  }
}
