import type { MigrationInterface, QueryRunner } from "typeorm";

/** How long a reward model was trained and which step was kept, since it may stop early. Unknown for models from before. */
export class AddStepsToRewardModels1795478451000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "reward_models" ADD "trained_steps" integer, ADD "kept_step" integer,
        ADD CONSTRAINT "reward_models_steps_check" CHECK ("kept_step" between 1 and "trained_steps")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "reward_models" DROP COLUMN "trained_steps", DROP COLUMN "kept_step"`);
  }
}
