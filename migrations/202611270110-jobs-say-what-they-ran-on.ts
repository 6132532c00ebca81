import type { MigrationInterface, QueryRunner } from "typeorm";

/** Where and on what a worker computes, as it says when it leases. Of jobs from before it is not known. */
export class JobsSayWhatTheyRanOn1795737710000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "jobs" ADD "provider" text, ADD "device" text,
        ADD CONSTRAINT "jobs_provider_check" CHECK ("provider" in ('CPU','WEBGPU','CUDA'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "jobs" DROP COLUMN "provider", DROP COLUMN "device"`);
  }
}
