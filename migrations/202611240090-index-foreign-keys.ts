import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * An index for every foreign key that had none: without one, removing what a row points to (collecting artifacts, say)
 * reads the whole table. Samples get no further index, which every logged row would pay for: their unique key now begins
 * with the prompt, and samples_by_place_idx serves the round.
 */
export class IndexForeignKeys1795478490000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX "experiments_base_policy_id_idx" ON "experiments" ("base_policy_id")`);
    await runner.query(`CREATE INDEX "experiments_prompt_set_id_idx" ON "experiments" ("prompt_set_id")`);
    await runner.query(`CREATE INDEX "experiments_proxy_set_id_idx" ON "experiments" ("proxy_set_id")`);
    await runner.query(`CREATE INDEX "pairs_prompt_id_idx" ON "pairs" ("prompt_id")`);
    await runner.query(`CREATE INDEX "pairs_chosen_sample_id_idx" ON "pairs" ("chosen_sample_id")`);
    await runner.query(`CREATE INDEX "pairs_rejected_sample_id_idx" ON "pairs" ("rejected_sample_id")`);
    await runner.query(`CREATE INDEX "reward_models_job_id_idx" ON "reward_models" ("job_id")`);
    await runner.query(`CREATE INDEX "reward_models_weights_sha256_idx" ON "reward_models" ("weights_sha256")`);
    await runner.query(`CREATE INDEX "reward_models_onnx_sha256_idx" ON "reward_models" ("onnx_sha256")`);
    await runner.query(`CREATE INDEX "reward_models_image_onnx_sha256_idx" ON "reward_models" ("image_onnx_sha256")`);
    await runner.query(`
      ALTER TABLE "samples" DROP CONSTRAINT "samples_round_id_prompt_id_k_key",
        ADD CONSTRAINT "samples_prompt_id_round_id_k_key" UNIQUE ("prompt_id", "round_id", "k")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "samples" DROP CONSTRAINT "samples_prompt_id_round_id_k_key",
        ADD CONSTRAINT "samples_round_id_prompt_id_k_key" UNIQUE ("round_id", "prompt_id", "k")`);
    await runner.query(`DROP INDEX "reward_models_image_onnx_sha256_idx"`);
    await runner.query(`DROP INDEX "reward_models_onnx_sha256_idx"`);
    await runner.query(`DROP INDEX "reward_models_weights_sha256_idx"`);
    await runner.query(`DROP INDEX "reward_models_job_id_idx"`);
    await runner.query(`DROP INDEX "pairs_rejected_sample_id_idx"`);
    await runner.query(`DROP INDEX "pairs_chosen_sample_id_idx"`);
    await runner.query(`DROP INDEX "pairs_prompt_id_idx"`);
    await runner.query(`DROP INDEX "experiments_proxy_set_id_idx"`);
    await runner.query(`DROP INDEX "experiments_prompt_set_id_idx"`);
    await runner.query(`DROP INDEX "experiments_base_policy_id_idx"`);
  }
}
