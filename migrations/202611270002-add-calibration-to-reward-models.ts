import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * What the held-out report knew and the record did not: the interval of the AUC, the Brier score and the reliability diagram;
 * and what bootstrapping was given. Null for models from before, whose scores are not kept.
 */
export class AddCalibrationToRewardModels1795737602000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "reward_models"
        ADD "held_out_auc_low" double precision,
        ADD "held_out_auc_high" double precision,
        ADD "held_out_brier" double precision,
        ADD "reliability" jsonb,
        ADD "bootstrap" jsonb,
        ADD CONSTRAINT "reward_models_auc_check" CHECK ("held_out_auc" between "held_out_auc_low" and "held_out_auc_high")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "reward_models" DROP COLUMN "held_out_auc_low", DROP COLUMN "held_out_auc_high",
        DROP COLUMN "held_out_brier", DROP COLUMN "reliability", DROP COLUMN "bootstrap"`);
  }
}
