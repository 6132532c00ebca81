import type { MigrationInterface, QueryRunner } from "typeorm";

const freezeStudy = (free: string): string => `
  create or replace function freeze_study() returns trigger language plpgsql as $$
  declare
    free text[] := array[${free}];
  begin
    if array_position(array['DRAFT','OPEN','CLOSED'], new.state) < array_position(array['DRAFT','OPEN','CLOSED'], old.state) then
      raise exception 'study % is % and never % again', old.id, old.state, new.state
        using errcode = 'check_violation', constraint = 'status_goes_forward_only';
    end if;
    if old.state <> 'DRAFT' and (to_jsonb(old) - free) is distinct from (to_jsonb(new) - free) then
      raise exception 'study % is frozen', old.id using errcode = 'check_violation', constraint = 'studies_frozen';
    end if;
    return new;
  end $$`;
const FREE =
  "'name','state','target_participants','completion_code','redirect_url','link_hash','link_created_at','opened_at','closed_at'";

/**
 * The number that a study gave last, so that a deleted participant's is never given again: exports name people by it. An open study
 * goes on counting, so this column is not frozen. Previews, of which a study has one, are number 0 from now on.
 */
export class NumberParticipantsOnce1795737731000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "studies" ADD "last_participant" integer NOT NULL DEFAULT 0`);
    await runner.query(freezeStudy(`${FREE},'last_participant'`));
    await runner.query(`
      UPDATE "studies" s SET "last_participant" = p.n
      FROM (SELECT "study_id", max("number") AS n FROM "study_participants" GROUP BY 1) p WHERE p."study_id" = s."id"`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(freezeStudy(FREE));
    await runner.query(`ALTER TABLE "studies" DROP COLUMN "last_participant"`);
  }
}
