import type { MigrationInterface, QueryRunner } from "typeorm";

/** Preference Proxy Data with its held-out part. */
export class CreateProxySets1795478404000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "proxy_sets" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "name" text NOT NULL,
        "source" text NOT NULL DEFAULT '',
        "licence" text NOT NULL DEFAULT '',
        "train_count" integer NOT NULL DEFAULT '0',
        "held_out_count" integer NOT NULL DEFAULT '0',
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "proxy_sets_name_key" UNIQUE ("name"),
        CONSTRAINT "proxy_sets_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "proxy_items" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "proxy_set_id" uuid NOT NULL,
        "artifact_sha256" text NOT NULL,
        "split" text NOT NULL,
        "file_name" text NOT NULL DEFAULT '',
        CONSTRAINT "proxy_items_proxy_set_id_artifact_sha256_key" UNIQUE ("proxy_set_id", "artifact_sha256"),
        CONSTRAINT "proxy_items_split_check" CHECK ("split" in ('TRAIN','HELD_OUT')),
        CONSTRAINT "proxy_items_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "proxy_items_artifact_sha256_idx" ON "proxy_items" ("artifact_sha256")`);
    await runner.query(`
      ALTER TABLE "proxy_items" ADD CONSTRAINT "proxy_items_proxy_set_id_fkey" FOREIGN KEY ("proxy_set_id") REFERENCES "proxy_sets"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "proxy_items" ADD CONSTRAINT "proxy_items_artifact_sha256_fkey" FOREIGN KEY ("artifact_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "proxy_items"`);
    await runner.query(`drop table "proxy_sets"`);
  }
}
