import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Algorithm 1 as a run over an experiment's rounds: what was asked for, and which job each step was given to. How far it is
 * follows from those jobs, so there is nothing here that could disagree with them. Subscribers of a run hear of its steps' jobs.
 */
export class CreateRuns1795737640000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "runs" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "experiment_id" uuid NOT NULL,
        "state" text NOT NULL DEFAULT 'RUNNING',
        "settings" jsonb NOT NULL,
        "error" text,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "finished_at" timestamptz,
        CONSTRAINT "runs_experiment_id_key" UNIQUE ("experiment_id"),
        CONSTRAINT "runs_state_check" CHECK ("state" in ('RUNNING','SUCCEEDED','FAILED','CANCELLED')),
        CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "run_steps" (
        "run_id" uuid NOT NULL,
        "round_index" integer NOT NULL,
        "kind" text NOT NULL,
        "job_id" uuid NOT NULL,
        CONSTRAINT "run_steps_round_index_check" CHECK ("round_index" >= 1),
        CONSTRAINT "run_steps_kind_check"
          CHECK ("kind" in ('GENERATE','TRAIN_REWARD_MODEL','TRAIN_JUDGE','SCORE','FINE_TUNE','MEASURE')),
        CONSTRAINT "run_steps_pkey" PRIMARY KEY ("run_id", "round_index", "kind")
      )`);
    await runner.query(`CREATE INDEX "runs_running_idx" ON "runs" ("id") WHERE "state" = 'RUNNING'`);
    await runner.query(`CREATE INDEX "run_steps_job_id_idx" ON "run_steps" ("job_id")`);
    await runner.query(`
      ALTER TABLE "runs" ADD CONSTRAINT "runs_experiment_id_fkey" FOREIGN KEY ("experiment_id") REFERENCES "experiments"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "run_steps" ADD CONSTRAINT "run_steps_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "run_steps" ADD CONSTRAINT "run_steps_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE`);
    await this.announce(runner);
  }

  private async announce(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function notify_run_change() returns trigger language plpgsql as $$
      begin
        perform notify_change('runs', new.id, new.experiment_id);
        return null;
      end $$`);
    await runner.query(`
      create trigger runs_changed after insert or update on runs for each row execute function notify_run_change()`);
    await runner.query(`
      create function notify_run_of_step() returns trigger language plpgsql as $$
      begin
        perform notify_change('runs', r.id, r.experiment_id) from runs r where r.id = new.run_id;
        return null;
      end $$`);
    await runner.query(`
      create trigger run_steps_changed after insert on run_steps for each row execute function notify_run_of_step()`);
    await runner.query(`
      create function notify_run_of_job() returns trigger language plpgsql as $$
      begin
        perform notify_change('runs', r.id, r.experiment_id) from run_steps s join runs r on r.id = s.run_id where s.job_id = new.id;
        return null;
      end $$`);
    await runner.query(`
      create trigger jobs_of_runs_changed after update on jobs for each row
      when ((old.state, old.progress) is distinct from (new.state, new.progress)) execute function notify_run_of_job()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop trigger jobs_of_runs_changed on jobs`);
    await runner.query(`drop table "run_steps"`);
    await runner.query(`drop table "runs"`);
    await runner.query(`drop function notify_run_of_job, notify_run_of_step, notify_run_change`);
  }
}
