import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * An experiment or round never goes back to an earlier status: back in DRAFT a configuration could be changed under results
 * that it did not give, and a completed round could grow. Reward models and jobs are not bound, they may be tried again.
 */
export class StatusGoesForwardOnly1795478460000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_earlier_status() returns trigger language plpgsql as $$
      begin
        raise exception '% % is % and never % again', tg_argv[0], old.id, old.status, new.status
          using errcode = 'check_violation', constraint = 'status_goes_forward_only';
      end $$`);
    for (const [table, object, statuses] of [
      ["experiments", "experiment", "array['DRAFT','RUNNING','COMPLETED']"],
      ["rounds", "round", "array['OPEN','COMPLETED']"],
    ])
      await runner.query(`
        create trigger ${table}_status_goes_forward before update of status on ${table} for each row
        when (array_position(${statuses}, new.status) < array_position(${statuses}, old.status))
        execute function refuse_earlier_status('${object}')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("drop function refuse_earlier_status cascade");
  }
}
