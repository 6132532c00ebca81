import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Search over everything finds names and prompts by the beginnings of their words, whatever stands between these. One function says
 * what the words of a text are, for the indexes and for the search alike. Jobs have no index: the search looks at the newest alone.
 */
export class IndexWords1795737680000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "create function search_words(value text) returns tsvector language sql immutable parallel safe " +
        "return to_tsvector('simple', regexp_replace(lower(value), '[[:space:]!-/:-@\\[-`{-~]+', ' ', 'g'))",
    );
    await runner.query(`CREATE INDEX "experiments_words_idx" ON "experiments" USING gin (search_words("name"))`);
    await runner.query(`CREATE INDEX "policies_words_idx" ON "policies" USING gin (search_words("name"))`);
    await runner.query(`CREATE INDEX "reward_models_words_idx" ON "reward_models" USING gin (search_words("name"))`);
    await runner.query(`CREATE INDEX "prompts_words_idx" ON "prompts" USING gin (search_words("text"))`);
    await runner.query(`CREATE INDEX "studies_words_idx" ON "studies" USING gin (search_words("name"))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["experiments", "policies", "reward_models", "prompts", "studies"])
      await runner.query(`DROP INDEX "${table}_words_idx"`);
    await runner.query("drop function search_words(text)");
  }
}
