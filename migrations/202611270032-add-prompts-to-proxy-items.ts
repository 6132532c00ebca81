import type { MigrationInterface, QueryRunner } from "typeorm";

/** What a proxy image shows, where known: post-training mixes real images in under their prompts. */
export class AddPromptsToProxyItems1795737632000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "proxy_items" ADD "prompt" text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "proxy_items" DROP COLUMN "prompt"`);
  }
}
