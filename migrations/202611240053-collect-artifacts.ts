import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * What the artifact collector needs: when an artifact was last uploaded, which bytes may be in the store without a row,
 * and a reference from a living job to the artifact of its checkpoint. A job that is asked for again and would go on
 * from a checkpoint that was collected starts from the beginning.
 */
export class CollectArtifacts1795478453000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "artifacts" ADD "uploaded_at" timestamptz NOT NULL DEFAULT now()`);
    await runner.query(`
      CREATE TABLE "stray_blobs" (
        "sha256" text NOT NULL,
        "byte_size" bigint NOT NULL,
        "since" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "stray_blobs_byte_size_check" CHECK ("byte_size" >= 0),
        CONSTRAINT "stray_blobs_pkey" PRIMARY KEY ("sha256")
      )`);
    await runner.query(`
      ALTER TABLE "jobs" ADD "checkpoint_sha256" text CONSTRAINT "jobs_checkpoint_sha256_fkey"
        REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
    await runner.query(`
      CREATE INDEX "jobs_checkpoint_sha256_idx" ON "jobs" ("checkpoint_sha256") WHERE "checkpoint_sha256" is not null`);
    await runner.query(`
      CREATE FUNCTION "jobs_refer_to_checkpoint"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' AND new.checkpoint ? 'sha256' THEN
          PERFORM 1 FROM artifacts WHERE sha256 = new.checkpoint ->> 'sha256' FOR KEY SHARE;
          IF NOT FOUND THEN new.checkpoint := null; END IF;
        END IF;
        new.checkpoint_sha256 := CASE WHEN new.state IN ('QUEUED','RUNNING') THEN new.checkpoint ->> 'sha256' END;
        RETURN new;
      END $$`);
    await runner.query(`
      CREATE TRIGGER "jobs_refer_to_checkpoint" BEFORE INSERT OR UPDATE OF "state", "checkpoint" ON "jobs"
        FOR EACH ROW EXECUTE FUNCTION "jobs_refer_to_checkpoint"()`);
    await runner.query(`
      UPDATE "jobs" SET "checkpoint" = null WHERE "checkpoint" ? 'sha256'
        AND NOT EXISTS (SELECT 1 FROM "artifacts" a WHERE a."sha256" = "checkpoint" ->> 'sha256')`);
    await runner.query(`UPDATE "jobs" SET "state" = "state" WHERE "checkpoint" ? 'sha256'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER "jobs_refer_to_checkpoint" ON "jobs"`);
    await runner.query(`DROP FUNCTION "jobs_refer_to_checkpoint"()`);
    await runner.query(`ALTER TABLE "jobs" DROP COLUMN "checkpoint_sha256"`);
    await runner.query(`DROP TABLE "stray_blobs"`);
    await runner.query(`ALTER TABLE "artifacts" DROP COLUMN "uploaded_at"`);
  }
}
