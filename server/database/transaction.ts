import { type DataSource, type EntityManager, QueryFailedError } from "typeorm";
import { UserError } from "../../shared/user-error.ts";

/** Postgres: serialization_failure, deadlock_detected. */
const RETRYABLE = new Set(["40001", "40P01"]);
const ATTEMPTS = 4;

interface PostgresError {
  code?: string;
  constraint?: string;
}

const postgresError = (error: unknown): PostgresError =>
  error instanceof QueryFailedError ? (error.driverError as PostgresError) : {};

function isViolation(code: string, error: unknown, constraint: string | undefined): boolean {
  const found = postgresError(error);
  return found.code === code && (constraint === undefined || found.constraint === constraint);
}

/** Whether Postgres refused a row for a unique constraint, of any name or of the given one. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  isViolation("23505", error, constraint);

/** Whether Postgres refused a row that points to none, or the deletion of one that others point to. */
export const isForeignKeyViolation = (error: unknown, constraint?: string): boolean =>
  isViolation("23503", error, constraint);

/** Whether Postgres refused a value for a check constraint. */
export const isCheckViolation = (error: unknown, constraint?: string): boolean =>
  isViolation("23514", error, constraint);

/** Whether Postgres gave a statement up for another one that ran beside it, so that nothing was written and another try may succeed. */
export const isRetryable = (error: unknown): boolean => RETRYABLE.has(postgresError(error).code ?? "");

/**
 * Runs `work` in one transaction; deadlocks and serialisation failures are tried again, up to four times in all. So
 * `work` may run more than once: it must do nothing outside `tx`. Do not nest: a call inside another commits apart.
 */
export async function inTransaction<T>(dataSource: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isRetryable(error)) throw error;
      // A random pause, so that the two do not meet again.
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt * Math.random()));
    }
  }
}

/** For `.catch` after inserting an object with a unique name: says that the name is in use, and passes on anything else. */
export function orNameTaken(what: string, name: string): (error: unknown) => never {
  return (error) => {
    if (isUniqueViolation(error))
      throw new UserError("NAME_TAKEN", `${what} named "${name}" exists; choose another name.`, "name");
    throw error;
  };
}
