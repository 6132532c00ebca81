import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Metrics of single samples (CLIPScore and the like): a series for each metric of a round, computed one way, and a narrow
 * row for each sample. A billion of such rows says its name, direction and provenance once a series. The primary key
 * serves what is computed over a series; sample_metric_values_sample_id_idx what is shown of a sample, and its deletion.
 */
export class CreateSampleMetrics1795737610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "sample_metric_series" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "round_id" uuid NOT NULL,
        "name" text NOT NULL,
        "direction" text NOT NULL,
        "provenance" jsonb NOT NULL DEFAULT '{}',
        "provenance_key" text NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "sample_metric_series_round_id_name_provenance_key_key" UNIQUE ("round_id", "name", "provenance_key"),
        CONSTRAINT "sample_metric_series_direction_check" CHECK ("direction" in ('HIGHER','LOWER')),
        CONSTRAINT "sample_metric_series_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "sample_metric_series_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE "sample_metric_values" (
        "series_id" uuid NOT NULL,
        "sample_id" uuid NOT NULL,
        "value" double precision NOT NULL,
        CONSTRAINT "sample_metric_values_value_check" CHECK ("value" > '-Infinity' and "value" < 'Infinity'),
        CONSTRAINT "sample_metric_values_pkey" PRIMARY KEY ("series_id", "sample_id"),
        CONSTRAINT "sample_metric_values_series_id_fkey" FOREIGN KEY ("series_id") REFERENCES "sample_metric_series"("id") ON DELETE CASCADE,
        CONSTRAINT "sample_metric_values_sample_id_fkey" FOREIGN KEY ("sample_id") REFERENCES "samples"("id") ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE INDEX "sample_metric_values_sample_id_idx" ON "sample_metric_values" ("sample_id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "sample_metric_values"`);
    await runner.query(`drop table "sample_metric_series"`);
  }
}
