import type { MigrationInterface, QueryRunner } from "typeorm";

/** People, their tokens and browser sessions. Secrets are kept as SHA-256 only, so a copied database opens nothing. */
export class CreateUsersAndTokens1795478400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "users" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "name" text NOT NULL,
        "role" text NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "users_name_key" UNIQUE ("name"),
        CONSTRAINT "users_role_check" CHECK ("role" in ('ADMIN','MEMBER','VIEWER','WORKER')),
        CONSTRAINT "users_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE TABLE "api_tokens" (
        "id" uuid NOT NULL DEFAULT uuidv7(),
        "user_id" uuid NOT NULL,
        "name" text NOT NULL,
        "role" text NOT NULL,
        "prefix" text NOT NULL,
        "token_hash" bytea NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "expires_at" timestamptz,
        "last_used_at" timestamptz,
        "revoked_at" timestamptz,
        CONSTRAINT "api_tokens_token_hash_key" UNIQUE ("token_hash"),
        CONSTRAINT "api_tokens_role_check" CHECK ("role" in ('ADMIN','MEMBER','VIEWER','WORKER')),
        CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`
      CREATE INDEX "api_tokens_user_id_idx" ON "api_tokens" ("user_id")`);
    await runner.query(`
      CREATE TABLE "sessions" (
        "cookie_hash" bytea NOT NULL,
        "token_id" uuid NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        "expires_at" timestamptz NOT NULL,
        CONSTRAINT "sessions_pkey" PRIMARY KEY ("cookie_hash")
      )`);
    await runner.query(`
      CREATE INDEX "sessions_token_id_idx" ON "sessions" ("token_id")`);
    await runner.query(`
      ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE`);
    await runner.query(`
      ALTER TABLE "sessions" ADD CONSTRAINT "sessions_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_tokens"("id") ON DELETE CASCADE`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "sessions"`);
    await runner.query(`drop table "api_tokens"`);
    await runner.query(`drop table "users"`);
  }
}
