import type { MigrationInterface, QueryRunner } from "typeorm";

/** Samples and their scores. samples_by_place_idx and sample_scores_by_score_idx serve the two orders of the sample pages. */
export class CreateSamples1795478409000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "samples" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "round_id" uuid NOT NULL,
        "prompt_id" uuid NOT NULL,
        "prompt_position" integer NOT NULL,
        "k" integer NOT NULL,
        "seed" bigint,
        "label" text,
        "artifact_sha256" text NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "samples_round_id_prompt_id_k_key" UNIQUE ("round_id", "prompt_id", "k"),
        CONSTRAINT "samples_k_check" CHECK ("k" >= 0),
        CONSTRAINT "samples_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "samples_artifact_sha256_idx" ON "samples" ("artifact_sha256")`);
    await runner.query(`
      CREATE INDEX "samples_by_place_idx" ON "samples" ("round_id", "prompt_position", "k", "id")`);
    await runner.query(`
      CREATE TABLE "sample_scores" (
        "reward_model_id" uuid NOT NULL,
        "sample_id" uuid NOT NULL,
        "score" double precision NOT NULL,
        "logit" double precision NOT NULL,
        "rank" integer,
        CONSTRAINT "sample_scores_score_check" CHECK ("score" between 0 and 1),
        CONSTRAINT "sample_scores_pkey" PRIMARY KEY ("reward_model_id", "sample_id")
      )`);
    await runner.query(`
      CREATE INDEX "sample_scores_sample_id_idx" ON "sample_scores" ("sample_id")`);
    await runner.query(`
      CREATE INDEX "sample_scores_by_score_idx" ON "sample_scores" ("reward_model_id", "score", "sample_id")`);
    await runner.query(`
      ALTER TABLE "samples" ADD CONSTRAINT "samples_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "samples" ADD CONSTRAINT "samples_prompt_id_fkey" FOREIGN KEY ("prompt_id") REFERENCES "prompts"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "samples" ADD CONSTRAINT "samples_artifact_sha256_fkey" FOREIGN KEY ("artifact_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "sample_scores" ADD CONSTRAINT "sample_scores_reward_model_id_fkey" FOREIGN KEY ("reward_model_id") REFERENCES "reward_models"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "sample_scores" ADD CONSTRAINT "sample_scores_sample_id_fkey" FOREIGN KEY ("sample_id") REFERENCES "samples"("id") ON DELETE CASCADE`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "sample_scores"`);
    await runner.query(`drop table "samples"`);
  }
}
