import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * A metric may be about a rank slice: the samples that a reward model ranked r-th, across prompts. Its subject's id is the
 * model's, as that of the model's own metrics, so the subject joins what makes a series one.
 */
export class AddRankSlicesToMetrics1795737611000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.subjects(runner, `'EXPERIMENT','ROUND','POLICY','REWARD_MODEL','RANK_SLICE','ABLATION_CELL'`);
    await runner.query(`
      ALTER TABLE "metric_series"
        DROP CONSTRAINT "metric_series_subject_id_name_provenance_key_key",
        ADD CONSTRAINT "metric_series_subject_id_name_provenance_key_subject_key" UNIQUE ("subject_id", "name", "provenance_key", "subject")`);
  }

  private async subjects(runner: QueryRunner, list: string): Promise<void> {
    await runner.query(`
      ALTER TABLE "metric_series"
        DROP CONSTRAINT "metric_series_subject_check",
        ADD CONSTRAINT "metric_series_subject_check" CHECK ("subject" in (${list}))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from "metric_series" where "subject" = 'RANK_SLICE'`);
    await runner.query(`
      ALTER TABLE "metric_series"
        DROP CONSTRAINT "metric_series_subject_id_name_provenance_key_subject_key",
        ADD CONSTRAINT "metric_series_subject_id_name_provenance_key_key" UNIQUE ("subject_id", "name", "provenance_key")`);
    await this.subjects(runner, `'EXPERIMENT','ROUND','POLICY','REWARD_MODEL'`);
  }
}
