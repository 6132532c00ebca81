import type { MigrationInterface, QueryRunner } from "typeorm";

/** Bytes by SHA-256. The bytes themselves are in the artifact store; a row says that they are durable there. */
export class CreateArtifacts1795478401000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "artifacts" (
        "sha256" text NOT NULL,
        "kind" text NOT NULL,
        "media_type" text NOT NULL,
        "byte_size" bigint NOT NULL,
        "width" integer,
        "height" integer,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "artifacts_byte_size_check" CHECK ("byte_size" >= 0),
        CONSTRAINT "artifacts_sha256_check" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
        CONSTRAINT "artifacts_pkey" PRIMARY KEY ("sha256")
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "artifacts"`);
  }
}
