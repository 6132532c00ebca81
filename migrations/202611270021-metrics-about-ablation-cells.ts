import type { MigrationInterface, QueryRunner } from "typeorm";

/** Cells of ablations are subjects of metrics too, so that whatever measures them writes where all other numbers are. */
export class MetricsAboutAblationCells1795737621000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.subjects(runner, "'EXPERIMENT','ROUND','POLICY','REWARD_MODEL','RANK_SLICE','ABLATION_CELL'");
  }

  private async subjects(runner: QueryRunner, list: string): Promise<void> {
    await runner.query(`
      ALTER TABLE "metric_series" DROP CONSTRAINT "metric_series_subject_check",
        ADD CONSTRAINT "metric_series_subject_check" CHECK ("subject" in (${list}))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM "metric_series" WHERE "subject" = 'ABLATION_CELL'`);
    await this.subjects(runner, "'EXPERIMENT','ROUND','POLICY','REWARD_MODEL','RANK_SLICE'");
  }
}
