import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Ablations and their cells. What an ablation was asked for never changes (no column of it is ever updated, which a trigger
 * sees to); a cell that is done has its picks. Every change of a cell is announced as one of its ablation: cells are
 * recorded every few seconds at most.
 */
export class CreateAblations1795737620000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "ablations" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "round_id" uuid NOT NULL,
        "name" text NOT NULL,
        "axes" jsonb NOT NULL,
        "seeds" jsonb NOT NULL,
        "hyperparameters" jsonb NOT NULL,
        "prompt_tag" text,
        "negative_prompt_tag" text,
        "label" text,
        "keep_weights" boolean NOT NULL,
        "split_seed" bigint NOT NULL,
        "judged_positions" integer array NOT NULL,
        "sample_count" integer NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "ablations_round_id_name_key" UNIQUE ("round_id", "name"),
        CONSTRAINT "ablations_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "ablation_cells" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "ablation_id" uuid NOT NULL,
        "position" integer NOT NULL,
        "encoder" text NOT NULL,
        "strategy" text NOT NULL,
        "n" integer NOT NULL,
        "k" integer NOT NULL,
        "alpha" double precision,
        "m" integer,
        "settings" text NOT NULL,
        "seed" bigint NOT NULL,
        "state" text NOT NULL DEFAULT 'PENDING',
        "job_id" uuid,
        "weights_sha256" text,
        "picks" integer array,
        "recorded_at" timestamptz,
        CONSTRAINT "ablation_cells_ablation_id_position_key" UNIQUE ("ablation_id", "position"),
        CONSTRAINT "ablation_cells_ablation_id_settings_key" UNIQUE ("ablation_id", "settings"),
        CONSTRAINT "ablation_cells_bootstrap_check" CHECK (("strategy" = 'BOOTSTRAP') = ("alpha" is not null)),
        CONSTRAINT "ablation_cells_done_check" CHECK (("state" = 'DONE') = ("picks" is not null)),
        CONSTRAINT "ablation_cells_state_check" CHECK ("state" in ('PENDING','DONE','FAILED')),
        CONSTRAINT "ablation_cells_strategy_check" CHECK ("strategy" in ('NAIVE','AVERAGE','VOTING','BOOTSTRAP')),
        CONSTRAINT "ablation_cells_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "ablation_cells_job_id_idx" ON "ablation_cells" ("job_id")`);
    await runner.query(`CREATE INDEX "ablation_cells_weights_sha256_idx" ON "ablation_cells" ("weights_sha256")`);
    await runner.query(`
      ALTER TABLE "ablations" ADD CONSTRAINT "ablations_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "ablation_cells" ADD CONSTRAINT "ablation_cells_ablation_id_fkey" FOREIGN KEY ("ablation_id") REFERENCES "ablations"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "ablation_cells" ADD CONSTRAINT "ablation_cells_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE SET NULL`);
    await runner.query(`
      ALTER TABLE "ablation_cells" ADD CONSTRAINT "ablation_cells_weights_sha256_fkey" FOREIGN KEY ("weights_sha256") REFERENCES "artifacts"("sha256") ON DELETE RESTRICT`);
    await this.guardAndAnnounce(runner);
  }

  private async guardAndAnnounce(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% never change once they are made', tg_table_name;
      end $$`);
    await runner.query(`
      create trigger ablations_never_change before update on ablations for each row execute function refuse_change()`);
    await runner.query(`
      create function notify_ablation_change() returns trigger language plpgsql as $$
      begin
        perform notify_change('ablations', a.id, a.round_id) from ablations a where a.id in (select ablation_id from changed);
        return null;
      end $$`);
    for (const event of ["insert", "update"])
      await runner.query(`
        create trigger ablation_cells_${event} after ${event} on ablation_cells referencing new table as changed
        for each statement execute function notify_ablation_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "ablation_cells"`);
    await runner.query(`drop table "ablations"`);
    await runner.query(`drop function notify_ablation_change, refuse_change`);
  }
}
