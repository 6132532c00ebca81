import { type DataSource, type EntityManager, QueryFailedError } from "typeorm";

const RETRYABLE = new Set(["40001", "40P01"]);
const ATTEMPTS = 4;

const codeOf = (error: unknown): string | undefined =>
  error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;

/** Whether Postgres refused a row for a unique constraint, of any name or of the given one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== "23505") return false;
  return !constraint || ((error as QueryFailedError).driverError as { constraint?: string }).constraint === constraint;
}

/** Runs `work` in one transaction; deadlocks and serialisation failures are tried again, up to four times in all. */
export async function inTransaction<T>(dataSource: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !RETRYABLE.has(codeOf(error) ?? "")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt * Math.random()));
    }
  }
}
