import type { MigrationInterface, QueryRunner } from "typeorm";

/** Best and worst of a prompt's samples. */
export class CreatePairs1795478410000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "pairs" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "round_id" uuid NOT NULL,
        "reward_model_id" uuid NOT NULL,
        "prompt_id" uuid NOT NULL,
        "chosen_sample_id" uuid NOT NULL,
        "rejected_sample_id" uuid NOT NULL,
        "margin" double precision NOT NULL,
        "source" text NOT NULL DEFAULT 'REWARD_MODEL',
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "pairs_reward_model_id_prompt_id_source_key" UNIQUE ("reward_model_id", "prompt_id", "source"),
        CONSTRAINT "pairs_source_check" CHECK ("source" in ('REWARD_MODEL','HUMAN')),
        CONSTRAINT "pairs_distinct_check" CHECK ("chosen_sample_id" <> "rejected_sample_id"),
        CONSTRAINT "pairs_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "pairs_round_id_idx" ON "pairs" ("round_id")`);
    await runner.query(`
      ALTER TABLE "pairs" ADD CONSTRAINT "pairs_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "pairs" ADD CONSTRAINT "pairs_reward_model_id_fkey" FOREIGN KEY ("reward_model_id") REFERENCES "reward_models"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "pairs" ADD CONSTRAINT "pairs_prompt_id_fkey" FOREIGN KEY ("prompt_id") REFERENCES "prompts"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "pairs" ADD CONSTRAINT "pairs_chosen_sample_id_fkey" FOREIGN KEY ("chosen_sample_id") REFERENCES "samples"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "pairs" ADD CONSTRAINT "pairs_rejected_sample_id_fkey" FOREIGN KEY ("rejected_sample_id") REFERENCES "samples"("id") ON DELETE CASCADE`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "pairs"`);
  }
}
