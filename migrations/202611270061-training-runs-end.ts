import type { MigrationInterface, QueryRunner } from "typeorm";

/** The file of a run that nobody has used for long is let go; what was trained, and which models are of it, stays. */
export class TrainingRunsEnd1795737661000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "reward_training_runs" ALTER "file_sha256" DROP NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE "reward_models" SET "run_key" = NULL
      WHERE "run_key" IN (SELECT "key" FROM "reward_training_runs" WHERE "file_sha256" IS NULL)`);
    await runner.query(`DELETE FROM "reward_training_runs" WHERE "file_sha256" IS NULL`);
    await runner.query(`ALTER TABLE "reward_training_runs" ALTER "file_sha256" SET NOT NULL`);
  }
}
