import type { DataSource, Logger } from "typeorm";
import { preparedName } from "../../server/database/prepared.ts";

export interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

/**
 * What is a matter of time: who asks is looked up unless the token was seen a moment ago, and what changed is announced some
 * moments later.
 */
const BESIDE = /\bapi_tokens\b|\bpg_notify\b/;

/** The SQL statements that a data source runs while `work` does, but for the look-up of who asks and announcements. */
export async function statementsOf(db: DataSource, work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const before = db.logger;
  const nothing = () => undefined;
  const recorder: Logger = {
    logQuery(sql, parameters) {
      if (!BESIDE.test(sql)) statements.push({ sql, parameters: Object.values(parameters ?? []) });
    },
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

const literal = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? `'{${value.join(",")}}'` : `'${value}'`;

/** Runs a statement again under EXPLAIN ANALYZE; one that is kept prepared by its plan for any parameters. */
export async function readingOf(db: DataSource, { sql, parameters }: Statement): Promise<Reading> {
  const runner = db.createQueryRunner();
  const mode = preparedName(sql) ? "force_generic_plan" : "force_custom_plan";
  await runner.query(`set plan_cache_mode = ${mode}`);
  await runner.query(`prepare reading as ${sql}`);
  const values = parameters.length > 0 ? `(${parameters.map(literal).join(", ")})` : "";
  const [{ "QUERY PLAN": plans }] = await runner.query(`explain (analyze, format json) execute reading${values}`);
  await runner.query("deallocate reading");
  await runner.query("reset plan_cache_mode");
  await runner.release();
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
