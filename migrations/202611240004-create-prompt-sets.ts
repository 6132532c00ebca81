import type { MigrationInterface, QueryRunner } from "typeorm";

/** Named, ordered prompts. */
export class CreatePromptSets1795478403000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "prompt_sets" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "name" text NOT NULL,
        "source" text NOT NULL DEFAULT '',
        "prompt_count" integer NOT NULL DEFAULT '0',
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "prompt_sets_name_key" UNIQUE ("name"),
        CONSTRAINT "prompt_sets_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "prompts" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "prompt_set_id" uuid NOT NULL,
        "position" integer NOT NULL,
        "text" text NOT NULL,
        "tags" text array NOT NULL DEFAULT '{}',
        CONSTRAINT "prompts_prompt_set_id_position_key" UNIQUE ("prompt_set_id", "position"),
        CONSTRAINT "prompts_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      ALTER TABLE "prompts" ADD CONSTRAINT "prompts_prompt_set_id_fkey" FOREIGN KEY ("prompt_set_id") REFERENCES "prompt_sets"("id") ON DELETE CASCADE`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "prompts"`);
    await runner.query(`drop table "prompt_sets"`);
  }
}
