import type { MigrationInterface, QueryRunner } from "typeorm";

/** What a VOTING model ranks by. Null for models of one set of weights, which rank by score. */
export class AddVotesToSampleScores1795737603000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "sample_scores" ADD "votes" double precision,
        ADD CONSTRAINT "sample_scores_votes_check" CHECK ("votes" between 0 and 1)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "sample_scores" DROP COLUMN "votes"`);
  }
}
