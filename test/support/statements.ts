import type { DataSource, Logger } from "typeorm";

export interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** The SQL statements that a data source runs while `work` does. */
export async function statementsOf(db: DataSource, work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const before = db.logger;
  const nothing = () => undefined;
  const recorder: Logger = {
    logQuery: (sql, parameters) => void statements.push({ sql, parameters: Object.values(parameters ?? []) }),
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

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
}

/** What running a statement made Postgres read. */
export interface Reading {
  /** Rows that all scans of tables and indexes came across. */
  readonly rows: number;
  /** Tables read from end to end. */
  readonly wholeTables: string[];
}

/** Runs a statement again under EXPLAIN ANALYZE. */
export async function readingOf(db: DataSource, { sql, parameters }: Statement): Promise<Reading> {
  const [{ "QUERY PLAN": plans }] = await db.query(`explain (analyze, format json) ${sql}`, parameters);
  const wholeTables: string[] = [];
  const rowsOf = (node: PlanNode): number => {
    const table = node["Relation Name"];
    if (table && node["Node Type"] === "Seq Scan") wholeTables.push(table);
    const found = node["Node Type"].includes("Scan") ? node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) : 0;
    return found * node["Actual Loops"] + (node.Plans ?? []).reduce((sum, child) => sum + rowsOf(child), 0);
  };
  const rows = rowsOf(plans[0].Plan);
  return { rows, wholeTables };
}
