/**
 * Compares the entities with what the migrations make: "generate a migration" must come out empty.
 *
 *   node --import tsx tools/schema-drift.ts          prints the statements that are missing, exits 1 if there are any
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DataSource } from "typeorm";
import { createDataSource } from "../server/database/data-source.ts";
import { startEmbeddedPostgres } from "../server/database/embedded-postgres.ts";
import { migrate } from "../server/database/migrate.ts";

export interface SchemaDrift {
  /** Statements that would bring the database to the entities; empty when they agree. */
  up: string[];
  /** Statements that would take them back, in the order to run them. */
  down: string[];
}

/** @param dataSource connected, with all migrations applied; it is only read */
export async function schemaDrift(dataSource: DataSource): Promise<SchemaDrift> {
  const log = await dataSource.driver.createSchemaBuilder().log();
  return {
    up: log.upQueries.map(({ query }) => query),
    down: log.downQueries.map(({ query }) => query).reverse(),
  };
}

async function main(): Promise<void> {
  const { entities } = await import("../server/entities.ts");
  const { migrations } = await import("../migrations/index.ts");
  const folder = mkdtempSync(join(tmpdir(), "gan-rm-lab-drift-"));
  chmodSync(folder, 0o711); // as root, Postgres runs under another account, which must get in
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(folder, "postgres"), durable: false });
  try {
    const dataSource = await createDataSource({ url: postgres.url, entities, migrations }).initialize();
    await migrate(dataSource);
    const { up } = await schemaDrift(dataSource).finally(() => dataSource.destroy());
    for (const statement of up) process.stdout.write(`${statement};\n`);
    if (up.length > 0) process.exitCode = 1;
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
