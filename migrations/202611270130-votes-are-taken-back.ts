import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * A vote that is taken back leaves `study_votes`, which holds what counts; that it was taken back stays in the history, as an event
 * without a choice. (The check of choices lets null pass as it is.)
 */
export class VotesAreTakenBack1795737730000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "study_vote_events" ALTER COLUMN "choice" DROP NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM "study_vote_events" WHERE "choice" IS NULL`);
    await runner.query(`ALTER TABLE "study_vote_events" ALTER COLUMN "choice" SET NOT NULL`);
  }
}
