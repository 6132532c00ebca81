import type { MigrationInterface, QueryRunner } from "typeorm";

/** Which images move. Of those from before it is not known until they are sent again; they are shown as stills. */
export class ArtifactsCountTheirFrames1795737732000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE "artifacts" ADD "frames" int, ADD CONSTRAINT "artifacts_frames_check" CHECK ("frames" >= 1)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "artifacts" DROP COLUMN "frames"`);
  }
}
