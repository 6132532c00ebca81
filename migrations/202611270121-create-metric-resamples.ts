import type { MigrationInterface, QueryRunner } from "typeorm";

/** What a distance was in each draw of its bootstrap, so that rounds are compared draw by draw. Rounds measured before have none. */
export class CreateMetricResamples1795737721000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "metric_resamples" (
        "series_id" uuid NOT NULL,
        "step" integer NOT NULL,
        "draws" text NOT NULL,
        "values" double precision array NOT NULL,
        CONSTRAINT "metric_resamples_pkey" PRIMARY KEY ("series_id", "step"),
        CONSTRAINT "metric_resamples_series_id_step_fkey" FOREIGN KEY ("series_id", "step")
          REFERENCES "metric_points"("series_id", "step") ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "metric_resamples"`);
  }
}
