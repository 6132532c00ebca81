import type { DataSource } from "typeorm";

/** Any fixed number: every server of the project asks for the same lock. */
const MIGRATION_LOCK = 7_240_114_001;

/**
 * Applies pending migrations, each in a transaction of its own, under one advisory lock: of several servers that
 * start at once one migrates and the others wait.
 * @returns the names applied, in order; empty when the schema was current
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const holder = dataSource.createQueryRunner();
  await holder.connect();
  try {
    await holder.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const applied = await dataSource.runMigrations({ transaction: "each" });
    return applied.map((migration) => migration.name);
  } finally {
    await holder.query("select pg_advisory_unlock($1)", [MIGRATION_LOCK]).catch(() => undefined);
    await holder.release();
  }
}
