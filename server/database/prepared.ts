import pg from "pg";

/** Statements kept at most: each costs every connection some 50 kB in Postgres, and texts vary with the sizes of pages. */
const KEPT = 250;

const names = new Map<string, string>();

/**
 * Marks SQL that is asked over and over: each connection has Postgres plan it once and keep the plan, which for a join
 * takes as long as finding a page of rows. The plan is one for any parameters, so the text must leave Postgres no choice
 * that depends on them. Beyond the first texts it is run as any other.
 */
export function prepared(sql: string): string {
  if (names.size < KEPT && !names.has(sql)) names.set(sql, `kept_${names.size}`);
  return sql;
}

/** The name that marked SQL is prepared under; undefined for what is planned each time. */
export const preparedName = (sql: unknown): string | undefined =>
  typeof sql === "string" ? names.get(sql) : undefined;

/** A connection that runs what is marked as prepared under its name; the rest is node-postgres's. */
export class PreparingClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const name = preparedName(text);
    const query = super.query as (...args: unknown[]) => never;
    return name === undefined ? query.apply(this, args) : query.call(this, { name, text, values }, ...rest);
  }
}
