import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Where the features of an image lie, so that it is encoded once and not once a worker. A row goes with its image
 * (CASCADE) and keeps its matrix (RESTRICT).
 */
export class CreateFeatureRows1795478452000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "feature_rows" (
        "image_sha256" text NOT NULL,
        "encoder_key" text NOT NULL,
        "matrix_sha256" text NOT NULL,
        "row" integer NOT NULL,
        CONSTRAINT "feature_rows_encoder_key_check" CHECK ("encoder_key" ~ '^[0-9a-f]{64}$'),
        CONSTRAINT "feature_rows_row_check" CHECK ("row" >= 0),
        CONSTRAINT "feature_rows_pkey" PRIMARY KEY ("image_sha256", "encoder_key"),
        CONSTRAINT "feature_rows_image_sha256_fkey" FOREIGN KEY ("image_sha256") REFERENCES "artifacts"("sha256") ON DELETE CASCADE,
        CONSTRAINT "feature_rows_matrix_sha256_fkey" FOREIGN KEY ("matrix_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT
      )`);
    await runner.query(`CREATE INDEX "feature_rows_matrix_sha256_idx" ON "feature_rows" ("matrix_sha256")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "feature_rows"`);
  }
}
