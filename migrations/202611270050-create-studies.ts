import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * User studies. What a study asks can't be changed once it is open, its arms and items neither: triggers see to it, so that a
 * plan's hash stands for what was voted on. One vote an assignment (primary key) and one assignment a participant, item and
 * kind (unique key) make one vote a participant and item. Votes are announced by the server that stored them, not by a
 * trigger: they come hundreds a second.
 */
export class CreateStudies1795737650000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.createTables(runner);
    await this.pointToOthers(runner);
    await this.freeze(runner);
  }

  private async createTables(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "studies" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "name" text NOT NULL,
        "prompt_set_id" uuid NOT NULL,
        "question" text NOT NULL,
        "instructions" text NOT NULL DEFAULT '',
        "prompt_tag" text,
        "prompt_positions" integer array,
        "prompt_count" integer,
        "seed" bigint NOT NULL,
        "votes_per_item" integer NOT NULL,
        "items_per_participant" integer,
        "target_participants" integer,
        "allow_ties" boolean NOT NULL,
        "allow_cannot_judge" boolean NOT NULL,
        "adaptive" boolean NOT NULL,
        "practice" boolean NOT NULL,
        "attention_checks" integer NOT NULL,
        "repeats" integer NOT NULL,
        "min_response_ms" integer NOT NULL,
        "attention_failures" integer NOT NULL,
        "completion_code" text,
        "redirect_url" text,
        "keep_panel_ids" boolean NOT NULL,
        "state" text NOT NULL DEFAULT 'DRAFT',
        "plan" text,
        "plan_sha256" text,
        "link_hash" bytea,
        "link_created_at" timestamptz,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "opened_at" timestamptz,
        "closed_at" timestamptz,
        CONSTRAINT "studies_link_hash_key" UNIQUE ("link_hash"),
        CONSTRAINT "studies_name_key" UNIQUE ("name"),
        CONSTRAINT "studies_redirect_check" CHECK ("redirect_url" ~ '^https://'),
        CONSTRAINT "studies_exclusions_check" CHECK ("min_response_ms" between 0 and 60000 and "attention_failures" between 0 and 20),
        CONSTRAINT "studies_checks_check" CHECK ("attention_checks" between 0 and 20 and "repeats" between 0 and 20),
        CONSTRAINT "studies_target_participants_check" CHECK ("target_participants" >= 1),
        CONSTRAINT "studies_items_per_participant_check" CHECK ("items_per_participant" >= 1),
        CONSTRAINT "studies_votes_per_item_check" CHECK ("votes_per_item" between 1 and 10000),
        CONSTRAINT "studies_plan_check" CHECK (("state" = 'DRAFT') = ("plan" is null) and ("plan" is null) = ("plan_sha256" is null)),
        CONSTRAINT "studies_state_check" CHECK ("state" in ('DRAFT','OPEN','CLOSED')),
        CONSTRAINT "studies_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "studies_prompt_set_id_idx" ON "studies" ("prompt_set_id")`);
    await runner.query(`
      CREATE TABLE "study_arms" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "study_id" uuid NOT NULL,
        "position" integer NOT NULL,
        "name" text NOT NULL,
        "round_id" uuid NOT NULL,
        "selection" text NOT NULL,
        "k" integer,
        "reward_model_id" uuid,
        CONSTRAINT "study_arms_study_id_name_key" UNIQUE ("study_id", "name"),
        CONSTRAINT "study_arms_study_id_position_key" UNIQUE ("study_id", "position"),
        CONSTRAINT "study_arms_k_check" CHECK ("k" >= 0),
        CONSTRAINT "study_arms_selection_check" CHECK (("selection" = 'SAMPLE' and "k" is not null and "reward_model_id" is null) or ("selection" = 'BEST_OF_K' and "reward_model_id" is not null)),
        CONSTRAINT "study_arms_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "study_arms_round_id_idx" ON "study_arms" ("round_id")`);
    await runner.query(`
      CREATE INDEX "study_arms_reward_model_id_idx" ON "study_arms" ("reward_model_id")`);
    await runner.query(`
      CREATE TABLE "study_items" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "study_id" uuid NOT NULL,
        "position" integer NOT NULL,
        "practice" boolean NOT NULL,
        "prompt_id" uuid NOT NULL,
        "arm_a" integer NOT NULL,
        "arm_b" integer NOT NULL,
        "sample_a_id" uuid NOT NULL,
        "sample_b_id" uuid NOT NULL,
        CONSTRAINT "study_items_study_id_prompt_id_arm_a_arm_b_practice_key" UNIQUE ("study_id", "prompt_id", "arm_a", "arm_b", "practice"),
        CONSTRAINT "study_items_study_id_position_key" UNIQUE ("study_id", "position"),
        CONSTRAINT "study_items_arms_check" CHECK ("arm_a" < "arm_b" and "arm_a" >= 0),
        CONSTRAINT "study_items_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "study_items_prompt_id_idx" ON "study_items" ("prompt_id")`);
    await runner.query(`
      CREATE INDEX "study_items_sample_a_id_idx" ON "study_items" ("sample_a_id")`);
    await runner.query(`
      CREATE INDEX "study_items_sample_b_id_idx" ON "study_items" ("sample_b_id")`);
    await runner.query(`
      CREATE TABLE "study_participants" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "study_id" uuid NOT NULL,
        "number" integer NOT NULL,
        "source" text NOT NULL,
        "token_hash" bytea NOT NULL,
        "panel" jsonb,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "joined_at" timestamptz,
        "finished_at" timestamptz,
        "revoked_at" timestamptz,
        CONSTRAINT "study_participants_token_hash_key" UNIQUE ("token_hash"),
        CONSTRAINT "study_participants_study_id_number_key" UNIQUE ("study_id", "number"),
        CONSTRAINT "study_participants_finished_check" CHECK ("finished_at" is null or "joined_at" is not null),
        CONSTRAINT "study_participants_source_check" CHECK ("source" in ('LINK','INVITE','PREVIEW')),
        CONSTRAINT "study_participants_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "study_assignments" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "participant_id" uuid NOT NULL,
        "item_id" uuid NOT NULL,
        "position" integer NOT NULL,
        "kind" text NOT NULL,
        "flipped" boolean NOT NULL,
        "expected" text,
        "key" text NOT NULL,
        "assigned_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "study_assignments_key_key" UNIQUE ("key"),
        CONSTRAINT "study_assignments_participant_id_item_id_kind_key" UNIQUE ("participant_id", "item_id", "kind"),
        CONSTRAINT "study_assignments_participant_id_position_key" UNIQUE ("participant_id", "position"),
        CONSTRAINT "study_assignments_expected_check" CHECK (("kind" = 'ATTENTION') = ("expected" is not null)),
        CONSTRAINT "study_assignments_kind_check" CHECK ("kind" in ('PRACTICE','VOTE','REPEAT','ATTENTION')),
        CONSTRAINT "study_assignments_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "study_assignments_item_id_idx" ON "study_assignments" ("item_id")`);
    await runner.query(`
      CREATE TABLE "study_votes" (
        "assignment_id" uuid NOT NULL,
        "choice" text NOT NULL,
        "response_ms" integer NOT NULL,
        "revision" integer NOT NULL DEFAULT 1,
        "cast_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "study_votes_response_ms_check" CHECK ("response_ms" >= 0),
        CONSTRAINT "study_votes_choice_check" CHECK ("choice" in ('LEFT','RIGHT','TIE','CANNOT_JUDGE')),
        CONSTRAINT "study_votes_pkey" PRIMARY KEY ("assignment_id")
      )`);
    await runner.query(`
      CREATE TABLE "study_vote_events" (
        "assignment_id" uuid NOT NULL,
        "client_key" uuid NOT NULL,
        "choice" text NOT NULL,
        "response_ms" integer NOT NULL,
        "received_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "study_vote_events_choice_check" CHECK ("choice" in ('LEFT','RIGHT','TIE','CANNOT_JUDGE')),
        CONSTRAINT "study_vote_events_pkey" PRIMARY KEY ("assignment_id", "client_key")
      )`);
  }

  private async pointToOthers(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "studies" ADD CONSTRAINT "studies_prompt_set_id_fkey" FOREIGN KEY ("prompt_set_id") REFERENCES "prompt_sets"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "study_arms" ADD CONSTRAINT "study_arms_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "study_arms" ADD CONSTRAINT "study_arms_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "study_arms" ADD CONSTRAINT "study_arms_reward_model_id_fkey" FOREIGN KEY ("reward_model_id") REFERENCES "reward_models"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "study_items" ADD CONSTRAINT "study_items_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "study_items" ADD CONSTRAINT "study_items_prompt_id_fkey" FOREIGN KEY ("prompt_id") REFERENCES "prompts"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "study_items" ADD CONSTRAINT "study_items_sample_a_id_fkey" FOREIGN KEY ("sample_a_id") REFERENCES "samples"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "study_items" ADD CONSTRAINT "study_items_sample_b_id_fkey" FOREIGN KEY ("sample_b_id") REFERENCES "samples"("id") ON DELETE RESTRICT`);
    await runner.query(`
      ALTER TABLE "study_participants" ADD CONSTRAINT "study_participants_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "study_assignments" ADD CONSTRAINT "study_assignments_participant_id_fkey" FOREIGN KEY ("participant_id") REFERENCES "study_participants"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "study_assignments" ADD CONSTRAINT "study_assignments_item_id_fkey" FOREIGN KEY ("item_id") REFERENCES "study_items"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "study_votes" ADD CONSTRAINT "study_votes_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "study_assignments"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "study_vote_events" ADD CONSTRAINT "study_vote_events_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "study_assignments"("id") ON DELETE CASCADE`);
  }

  private async freeze(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function freeze_study() returns trigger language plpgsql as $$
      declare
        free text[] := array['name','state','target_participants','completion_code','redirect_url','link_hash','link_created_at','opened_at','closed_at'];
      begin
        if array_position(array['DRAFT','OPEN','CLOSED'], new.state) < array_position(array['DRAFT','OPEN','CLOSED'], old.state) then
          raise exception 'study % is % and never % again', old.id, old.state, new.state
            using errcode = 'check_violation', constraint = 'status_goes_forward_only';
        end if;
        if old.state <> 'DRAFT' and (to_jsonb(old) - free) is distinct from (to_jsonb(new) - free) then
          raise exception 'study % is frozen', old.id using errcode = 'check_violation', constraint = 'studies_frozen';
        end if;
        return new;
      end $$`);
    await runner.query(
      `create trigger studies_freeze before update on studies for each row execute function freeze_study()`,
    );
    await runner.query(`
      create function freeze_study_part() returns trigger language plpgsql as $$
      begin
        if exists (select 1 from studies where id = coalesce(new.study_id, old.study_id) and state <> 'DRAFT') then
          raise exception 'study % is frozen', coalesce(new.study_id, old.study_id) using errcode = 'check_violation', constraint = 'studies_frozen';
        end if;
        return coalesce(new, old);
      end $$`);
    for (const table of ["study_arms", "study_items"])
      await runner.query(`
        create trigger ${table}_freeze before insert or update or delete on ${table} for each row execute function freeze_study_part()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["vote_events", "votes", "assignments", "participants", "items", "arms"])
      await runner.query(`drop table "study_${table}"`);
    await runner.query(`drop table "studies"`);
    await runner.query("drop function freeze_study, freeze_study_part");
  }
}
