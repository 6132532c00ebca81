import type { MigrationInterface, QueryRunner } from "typeorm";

/** Reward models. A TRAINED one has weights. */
export class CreateRewardModels1795478408000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "reward_models" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "round_id" uuid NOT NULL,
        "job_id" uuid,
        "name" text NOT NULL,
        "strategy" text NOT NULL,
        "state" text NOT NULL DEFAULT 'TRAINING',
        "encoder" text NOT NULL,
        "hyperparameters" jsonb NOT NULL,
        "seed" bigint NOT NULL,
        "weights_sha256" text,
        "onnx_sha256" text,
        "held_out_auc" double precision,
        "held_out_accuracy" double precision,
        "held_out_ece" double precision,
        "held_out_count" integer,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "reward_models_round_id_name_key" UNIQUE ("round_id", "name"),
        CONSTRAINT "reward_models_trained_check" CHECK ("state" <> 'TRAINED' or "weights_sha256" is not null),
        CONSTRAINT "reward_models_state_check" CHECK ("state" in ('TRAINING','TRAINED','FAILED')),
        CONSTRAINT "reward_models_strategy_check" CHECK ("strategy" in ('NAIVE','AVERAGE','VOTING','BOOTSTRAP')),
        CONSTRAINT "reward_models_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      ALTER TABLE "reward_models" ADD CONSTRAINT "reward_models_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "reward_models" ADD CONSTRAINT "reward_models_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE SET NULL`);
    await runner.query(`
      ALTER TABLE "reward_models" ADD CONSTRAINT "reward_models_weights_sha256_fkey" FOREIGN KEY ("weights_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "reward_models" ADD CONSTRAINT "reward_models_onnx_sha256_fkey" FOREIGN KEY ("onnx_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "reward_models"`);
  }
}
