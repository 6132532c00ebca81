import type { MigrationInterface, QueryRunner } from "typeorm";

/** G^(t+1) of a round, and how the lab drew its samples. Subscribers hear of both. */
export class RoundsLeadToAPolicy1795737631000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "rounds"
        ADD "policy_out_id" uuid CONSTRAINT "rounds_policy_out_id_fkey" REFERENCES "policies"("id") ON DELETE RESTRICT,
        ADD "sampling" jsonb`);
    await runner.query(`CREATE INDEX "rounds_policy_out_id_idx" ON "rounds" ("policy_out_id")`);
    await this.watch(runner, "status, policy_in_id, policy_out_id, sampling");
  }

  private async watch(runner: QueryRunner, columns: string): Promise<void> {
    await runner.query(`drop trigger rounds_changed on rounds`);
    await runner.query(`
      create trigger rounds_changed after update of ${columns} on rounds for each row
      execute function notify_round_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await this.watch(runner, "status, policy_in_id");
    await runner.query(`ALTER TABLE "rounds" DROP COLUMN "sampling", DROP COLUMN "policy_out_id"`);
  }
}
