import type { MigrationInterface, QueryRunner } from "typeorm";

/** What the finite number of samples adds to a value (a Frechet distance's), beside its interval. */
export class AddBiasToMetrics1795737660000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "metric_points" ADD "bias" double precision`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "metric_points" DROP COLUMN "bias"`);
  }
}
