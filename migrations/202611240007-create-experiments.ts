import type { MigrationInterface, QueryRunner } from "typeorm";

/** Experiments. A trigger freezes the configuration from the first round on: code alone can forget it. */
export class CreateExperiments1795478406000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "experiments" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "name" text NOT NULL,
        "description" text NOT NULL DEFAULT '',
        "setting" text NOT NULL DEFAULT 'IMAGE_QUALITY',
        "status" text NOT NULL DEFAULT 'DRAFT',
        "base_policy_id" uuid NOT NULL,
        "prompt_set_id" uuid NOT NULL,
        "proxy_set_id" uuid NOT NULL,
        "encoder" text NOT NULL,
        "k" integer NOT NULL,
        "planned_rounds" integer NOT NULL DEFAULT '1',
        "post_training" text NOT NULL DEFAULT 'NONE',
        "seed" bigint NOT NULL DEFAULT '0',
        "forked_from_id" uuid,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "experiments_name_key" UNIQUE ("name"),
        CONSTRAINT "experiments_post_training_check" CHECK ("post_training" in ('NONE','SFT','DPO')),
        CONSTRAINT "experiments_status_check" CHECK ("status" in ('DRAFT','RUNNING','COMPLETED')),
        CONSTRAINT "experiments_setting_check" CHECK ("setting" in ('IMAGE_QUALITY','SAFETY','VIDEO')),
        CONSTRAINT "experiments_planned_rounds_check" CHECK ("planned_rounds" between 1 and 100),
        CONSTRAINT "experiments_k_check" CHECK ("k" between 2 and 1000),
        CONSTRAINT "experiments_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "experiments_forked_from_id_idx" ON "experiments" ("forked_from_id")`);
    await runner.query(`
      ALTER TABLE "experiments" ADD CONSTRAINT "experiments_base_policy_id_fkey" FOREIGN KEY ("base_policy_id") REFERENCES "policies"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "experiments" ADD CONSTRAINT "experiments_prompt_set_id_fkey" FOREIGN KEY ("prompt_set_id") REFERENCES "prompt_sets"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "experiments" ADD CONSTRAINT "experiments_proxy_set_id_fkey" FOREIGN KEY ("proxy_set_id") REFERENCES "proxy_sets"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "experiments" ADD CONSTRAINT "experiments_forked_from_id_fkey" FOREIGN KEY ("forked_from_id") REFERENCES "experiments"("id") ON DELETE SET NULL`);
    await runner.query(`
      create function refuse_change_of_frozen_experiment() returns trigger language plpgsql as $$
      begin
        raise exception 'experiment % is frozen', old.id using errcode = 'check_violation', constraint = 'experiments_frozen';
      end $$`);
    await runner.query(`
      create trigger experiments_frozen before update on experiments for each row
      when (old.status <> 'DRAFT' and
        (old.setting, old.base_policy_id, old.prompt_set_id, old.proxy_set_id, old.encoder, old.k, old.planned_rounds, old.post_training, old.seed)
        is distinct from
        (new.setting, new.base_policy_id, new.prompt_set_id, new.proxy_set_id, new.encoder, new.k, new.planned_rounds, new.post_training, new.seed))
      execute function refuse_change_of_frozen_experiment()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "experiments"`);
    await runner.query("drop function refuse_change_of_frozen_experiment");
  }
}
