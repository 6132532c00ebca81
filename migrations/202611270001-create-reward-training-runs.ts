import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Training runs under names that say what they were trained on, so that the strategies of one round, data and seed share one
 * run. A run keeps its file (RESTRICT) and a model its run; models from before have none. Nothing removes a run: it may serve
 * a model to come.
 */
export class CreateRewardTrainingRuns1795737601000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "reward_training_runs" (
        "key" text NOT NULL,
        "file_sha256" text NOT NULL,
        "trained_steps" integer NOT NULL,
        "snapshot_steps" integer array NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "reward_training_runs_key_check" CHECK ("key" ~ '^[0-9a-f]{64}$'),
        CONSTRAINT "reward_training_runs_steps_check" CHECK (cardinality("snapshot_steps") > 0 and "trained_steps" > 0),
        CONSTRAINT "reward_training_runs_pkey" PRIMARY KEY ("key"),
        CONSTRAINT "reward_training_runs_file_sha256_fkey" FOREIGN KEY ("file_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT
      )`);
    await runner.query(`CREATE INDEX "reward_training_runs_file_sha256_idx" ON "reward_training_runs" ("file_sha256")`);
    await runner.query(`
      ALTER TABLE "reward_models" ADD "run_key" text CONSTRAINT "reward_models_run_key_fkey"
        REFERENCES "reward_training_runs"("key") ON DELETE RESTRICT`);
    await runner.query(`CREATE INDEX "reward_models_run_key_idx" ON "reward_models" ("run_key")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "reward_models" DROP COLUMN "run_key"`);
    await runner.query(`DROP TABLE "reward_training_runs"`);
  }
}
