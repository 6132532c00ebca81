import type { DataSource, Logger } from "typeorm";

/** The SQL statements that a data source runs while `work` does. */
export async function statementsOf(db: DataSource, work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const before = db.logger;
  const nothing = () => undefined;
  const recorder: Logger = {
    logQuery: (statement) => void statements.push(statement),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  db.logger = recorder;
  try {
    await work();
  } finally {
    db.logger = before;
  }
  return statements;
}
