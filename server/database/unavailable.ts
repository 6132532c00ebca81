/** Postgres: shutting down, crashed, starting up; connection failures. Node: nobody listens there, or hung up. */
const AWAY = new Set([
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08001",
  "08003",
  "08006",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
]);
/**
 * What the driver and its pool say without a code. TypeORM lets go of a connection that breaks in mid-transaction, so the
 * transaction's next statement finds its query runner released.
 */
const AWAY_IN_WORDS =
  /^Connection terminated|^timeout exceeded when trying to connect|and is not queryable$|^Query runner already released/;

/** Whether a statement failed because the database can't be reached now, so that asking again later may succeed. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message, driverError } = error as { code?: string; message: string; driverError?: unknown };
  return AWAY.has(code ?? "") || AWAY_IN_WORDS.test(message) || isDatabaseAway(driverError);
}
