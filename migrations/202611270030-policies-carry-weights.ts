import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * What a worker draws with: a policy's weights as an artifact, which is kept from collection, or a folder on the worker in
 * diffusers' layout. A policy that is being trained has neither yet, and the job that will bring its weights. Policies whose
 * samples were made elsewhere have nothing of this, as before.
 */
export class PoliciesCarryWeights1795737630000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "policies"
        ADD "weights_sha256" text CONSTRAINT "policies_weights_sha256_fkey" REFERENCES "artifacts"("sha256") ON DELETE RESTRICT,
        ADD "folder" text,
        ADD "job_id" uuid CONSTRAINT "policies_job_id_fkey" REFERENCES "jobs"("id") ON DELETE SET NULL,
        ADD CONSTRAINT "policies_source_check" CHECK ("weights_sha256" is null or "folder" is null)`);
    await runner.query(`CREATE INDEX "policies_weights_sha256_idx" ON "policies" ("weights_sha256")`);
    await runner.query(`CREATE INDEX "policies_job_id_idx" ON "policies" ("job_id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "policies" DROP CONSTRAINT "policies_source_check"`);
    await runner.query(
      `ALTER TABLE "policies" DROP COLUMN "job_id", DROP COLUMN "folder", DROP COLUMN "weights_sha256"`,
    );
  }
}
