import type { MigrationInterface, QueryRunner } from "typeorm";

/** Pages of a reward model's pairs are read in the order of the margin. */
export class IndexPairsByMargin1795478491000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX "pairs_by_margin_idx" ON "pairs" ("reward_model_id", "margin", "id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX "pairs_by_margin_idx"`);
  }
}
