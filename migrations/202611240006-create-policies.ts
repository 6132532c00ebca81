import type { MigrationInterface, QueryRunner } from "typeorm";

/** Generator checkpoints, a tree by parent. */
export class CreatePolicies1795478405000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "policies" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "name" text NOT NULL,
        "parent_id" uuid,
        "origin" text NOT NULL,
        "generator" text NOT NULL DEFAULT '',
        "config" jsonb NOT NULL DEFAULT '{}',
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "policies_name_key" UNIQUE ("name"),
        CONSTRAINT "policies_parent_check" CHECK ("parent_id" is distinct from "id"),
        CONSTRAINT "policies_origin_check" CHECK ("origin" in ('BASE','SFT','DPO','IMPORTED')),
        CONSTRAINT "policies_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "policies_parent_id_idx" ON "policies" ("parent_id")`);
    await runner.query(`
      ALTER TABLE "policies" ADD CONSTRAINT "policies_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "policies"("id") ON DELETE RESTRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "policies"`);
  }
}
