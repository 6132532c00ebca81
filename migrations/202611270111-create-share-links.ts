import type { MigrationInterface, QueryRunner } from "typeorm";

/** Links that show one experiment to somebody without an account. They all expire; their secrets are not kept. */
export class CreateShareLinks1795737711000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "share_links" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "experiment_id" uuid NOT NULL,
        "token_hash" bytea NOT NULL,
        "name" text NOT NULL,
        "created_by" text NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "expires_at" timestamptz NOT NULL,
        "last_used_at" timestamptz,
        "revoked_at" timestamptz,
        CONSTRAINT "share_links_expiry_check" CHECK ("expires_at" > "created_at"),
        CONSTRAINT "share_links_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "share_links_token_hash_key" UNIQUE ("token_hash"),
        CONSTRAINT "share_links_experiment_id_fkey" FOREIGN KEY ("experiment_id") REFERENCES "experiments"("id") ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX "share_links_experiment_id_idx" ON "share_links" ("experiment_id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "share_links"`);
  }
}
