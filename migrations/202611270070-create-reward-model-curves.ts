import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * What a reward model's page draws, kept when it is computed: the ROC curve and the histograms of what the model was trained on
 * and never saw, and the histogram of the round's samples. Apart from reward_models, whose rows are read in long lists. Of models
 * from before only the last is there, counted here once: scores of their training sets were not kept. The grid is that of
 * shared/statistics/logit-histogram.ts.
 */
export class CreateRewardModelCurves1795737670000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "reward_model_curves" (
        "reward_model_id" uuid NOT NULL,
        "roc" jsonb,
        "training" jsonb,
        "samples" jsonb,
        CONSTRAINT "reward_model_curves_pkey" PRIMARY KEY ("reward_model_id"),
        CONSTRAINT "reward_model_curves_reward_model_id_fkey" FOREIGN KEY ("reward_model_id") REFERENCES "reward_models"("id") ON DELETE CASCADE
      )`);
    await runner.query(`
      INSERT INTO "reward_model_curves" ("reward_model_id", "samples")
      SELECT model, jsonb_build_object('n', sum(n), 'meanLogit', sum(total) / sum(n), 'counts', jsonb_agg(n ORDER BY bin))
      FROM (
        SELECT scored.model, bin, coalesce(counted.n, 0) AS n, counted.total
        FROM (SELECT DISTINCT reward_model_id AS model FROM "sample_scores") scored CROSS JOIN generate_series(0, 41) AS bin
        LEFT JOIN (
          SELECT reward_model_id AS model, width_bucket(logit, -10, 10, 40) AS bin, count(*)::int AS n, sum(logit) AS total
          FROM "sample_scores" GROUP BY 1, 2) counted USING (model, bin)) t
      GROUP BY model`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "reward_model_curves"`);
  }
}
