import { type DataSource, MigrationExecutor } from "typeorm";

/** Any fixed number: every server of the project asks for the same lock. */
const MIGRATION_LOCK = 7_240_114_001;

/**
 * Applies pending migrations, each in a transaction of its own, under one advisory lock: of several servers that
 * start at once one migrates and the others wait. Statement time limits do not hold for it.
 * @param log told each applied migration, in one sentence
 * @returns the names applied, in order; empty when the schema was current
 */
export async function migrate(
  dataSource: DataSource,
  log: (message: string) => void = () => undefined,
): Promise<string[]> {
  const holder = dataSource.createQueryRunner();
  await holder.connect();
  try {
    // One connection for lock and work: when it breaks, the lock goes with it.
    await holder.query("set statement_timeout = 0; set lock_timeout = 0");
    await holder.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(dataSource, holder);
    executor.transaction = "each";
    const names = (await executor.executePendingMigrations()).map((migration) => migration.name);
    for (const name of names) log(`Applied migration ${name}.`);
    return names;
  } finally {
    await holder
      .query("select pg_advisory_unlock_all(); reset statement_timeout; reset lock_timeout")
      .catch(() => undefined);
    await holder.release();
  }
}
