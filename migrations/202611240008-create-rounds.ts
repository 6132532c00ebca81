import type { MigrationInterface, QueryRunner } from "typeorm";

/** Rounds of an experiment. */
export class CreateRounds1795478407000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "rounds" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "experiment_id" uuid NOT NULL,
        "index" integer NOT NULL,
        "policy_in_id" uuid NOT NULL,
        "status" text NOT NULL DEFAULT 'OPEN',
        "sample_count" integer NOT NULL DEFAULT '0',
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "rounds_experiment_id_index_key" UNIQUE ("experiment_id", "index"),
        CONSTRAINT "rounds_sample_count_check" CHECK ("sample_count" >= 0),
        CONSTRAINT "rounds_status_check" CHECK ("status" in ('OPEN','COMPLETED')),
        CONSTRAINT "rounds_index_check" CHECK ("index" >= 1),
        CONSTRAINT "rounds_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "rounds_policy_in_id_idx" ON "rounds" ("policy_in_id")`);
    await runner.query(`
      ALTER TABLE "rounds" ADD CONSTRAINT "rounds_experiment_id_fkey" FOREIGN KEY ("experiment_id") REFERENCES "experiments"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "rounds" ADD CONSTRAINT "rounds_policy_in_id_fkey" FOREIGN KEY ("policy_in_id") REFERENCES "policies"("id") ON DELETE RESTRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "rounds"`);
  }
}
