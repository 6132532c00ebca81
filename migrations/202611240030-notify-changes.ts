import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Rows that pages watch tell all servers when they change: `{ topic, id, parentId }` on channel ganrm_changes, delivered
 * at commit. Only rare writes do so by trigger: NOTIFY makes commits wait for each other, and small metric batches of 20
 * writers fell from 2,300 to 570 transactions a second. Samples and metric points are announced by the server that stored
 * them, after the commit and several times a second at most (`server/database/notifications.ts`).
 */
export class NotifyChanges1795478430000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function notify_change(topic text, id uuid, parent_id uuid) returns void language sql as $$
        select pg_notify('ganrm_changes', json_build_object('topic', topic, 'id', id, 'parentId', parent_id)::text)
      $$`);
    await this.watchJobs(runner);
    await this.watchRounds(runner);
    await this.watchCredentials(runner);
  }

  /** A job's parent is the experiment that its input leads to; its round hears of every change of its state. */
  private async watchJobs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function uuid_of(input jsonb, field text) returns uuid language plpgsql as $$
      begin
        if pg_input_is_valid(input->>field, 'uuid') then return (input->>field)::uuid; end if;
        return null;
      end $$`);
    await runner.query(`
      create function notify_job_change() returns trigger language plpgsql as $$
      declare
        the_round uuid;
        the_experiment uuid;
      begin
        select r.id, r.experiment_id into the_round, the_experiment from rounds r where r.id = coalesce(
          (select m.round_id from reward_models m where m.id = uuid_of(new.input, 'rewardModelId')),
          uuid_of(new.input, 'roundId'));
        perform notify_change('jobs', new.id, the_experiment);
        if the_round is not null and (tg_op = 'INSERT' or old.state <> new.state) then
          perform notify_change('rounds', the_round, the_experiment);
        end if;
        return null;
      end $$`);
    await runner.query(`
      create trigger jobs_inserted after insert on jobs for each row execute function notify_job_change()`);
    await runner.query(`
      create trigger jobs_changed after update on jobs for each row
      when ((old.state, old.progress, old.progress_message, old.attempts, old.worker, old.error, old.log_tail, old.cancel_requested_at)
        is distinct from
        (new.state, new.progress, new.progress_message, new.attempts, new.worker, new.error, new.log_tail, new.cancel_requested_at))
      execute function notify_job_change()`);
  }

  /** A round changes with its status, its reward models and their pairs; not with each batch of samples. */
  private async watchRounds(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function notify_round_change() returns trigger language plpgsql as $$
      begin
        perform notify_change('rounds', new.id, new.experiment_id);
        return null;
      end $$`);
    await runner.query(`
      create trigger rounds_inserted after insert on rounds for each row execute function notify_round_change()`);
    await runner.query(`
      create trigger rounds_changed after update of status, policy_in_id on rounds for each row
      execute function notify_round_change()`);
    await runner.query(`
      create function notify_round_of_reward_model() returns trigger language plpgsql as $$
      begin
        perform notify_change('rounds', r.id, r.experiment_id) from rounds r where r.id = new.round_id;
        return null;
      end $$`);
    await runner.query(`
      create trigger reward_models_changed after insert or update on reward_models for each row
      execute function notify_round_of_reward_model()`);
    await runner.query(`
      create function notify_rounds_of_pairs() returns trigger language plpgsql as $$
      begin
        perform notify_change('rounds', r.id, r.experiment_id) from rounds r where r.id in (select round_id from added);
        return null;
      end $$`);
    await runner.query(`
      create trigger pairs_inserted after insert on pairs referencing new table as added for each statement
      execute function notify_rounds_of_pairs()`);
  }

  /** A token that is revoked and a session that ends close their connections on every server. */
  private async watchCredentials(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function notify_credential_change() returns trigger language plpgsql as $$
      begin
        perform notify_change('credentials', case tg_table_name when 'sessions' then (to_jsonb(old)->>'token_id')::uuid
          else (to_jsonb(old)->>'id')::uuid end, null);
        return null;
      end $$`);
    await runner.query(`
      create trigger api_tokens_changed after update of revoked_at, expires_at, role or delete on api_tokens for each row
      execute function notify_credential_change()`);
    await runner.query(`
      create trigger sessions_ended after delete on sessions for each row execute function notify_credential_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function notify_credential_change, notify_rounds_of_pairs, notify_round_of_reward_model, notify_round_change,
        notify_job_change, uuid_of, notify_change cascade`);
  }
}
