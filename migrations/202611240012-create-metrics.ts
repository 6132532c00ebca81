import type { MigrationInterface, QueryRunner } from "typeorm";

/** Metric series with narrow points, and published numbers. A point is read by (series, step) alone. */
export class CreateMetrics1795478411000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "metric_series" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "subject" text NOT NULL,
        "subject_id" uuid NOT NULL,
        "name" text NOT NULL,
        "direction" text NOT NULL,
        "provenance" jsonb NOT NULL DEFAULT '{}',
        "provenance_key" text NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "metric_series_subject_id_name_provenance_key_key" UNIQUE ("subject_id", "name", "provenance_key"),
        CONSTRAINT "metric_series_direction_check" CHECK ("direction" in ('HIGHER','LOWER')),
        CONSTRAINT "metric_series_subject_check" CHECK ("subject" in ('EXPERIMENT','ROUND','POLICY','REWARD_MODEL')),
        CONSTRAINT "metric_series_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "metric_points" (
        "series_id" uuid NOT NULL,
        "step" integer NOT NULL,
        "value" double precision NOT NULL,
        "n" integer,
        "low" double precision,
        "high" double precision,
        CONSTRAINT "metric_points_pkey" PRIMARY KEY ("series_id", "step")
      )`);
    await runner.query(`
      CREATE TABLE "reference_results" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "source" text NOT NULL,
        "table" text NOT NULL,
        "row" text NOT NULL,
        "column" text NOT NULL,
        "value" double precision NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "reference_results_source_table_row_column_key" UNIQUE ("source", "table", "row", "column"),
        CONSTRAINT "reference_results_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "reference_results_by_metric_idx" ON "reference_results" ("column")`);
    await runner.query(`
      ALTER TABLE "metric_points" ADD CONSTRAINT "metric_points_series_id_fkey" FOREIGN KEY ("series_id") REFERENCES "metric_series"("id") ON DELETE CASCADE`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "reference_results"`);
    await runner.query(`drop table "metric_points"`);
    await runner.query(`drop table "metric_series"`);
  }
}
