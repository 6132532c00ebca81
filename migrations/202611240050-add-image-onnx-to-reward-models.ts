import type { MigrationInterface, QueryRunner } from "typeorm";

/** The ONNX file from image to score. Models trained before it have none. */
export class AddImageOnnxToRewardModels1795478450000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "reward_models" ADD "image_onnx_sha256" text`);
    await runner.query(`
      ALTER TABLE "reward_models" ADD CONSTRAINT "reward_models_image_onnx_sha256_fkey"
      FOREIGN KEY ("image_onnx_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "reward_models" DROP COLUMN "image_onnx_sha256"`);
  }
}
