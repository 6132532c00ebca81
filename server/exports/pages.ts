/**
 * The rows of a statement that is ordered by a unique key, a page at a time. Every page is a statement of its own, so a
 * reader that is slow, or goes away, holds no cursor, transaction or connection; rows that come in meanwhile may be missed.
 * @param read the page after a row; null for the first
 */
export async function* pagesOf<T>(read: (after: T | null) => Promise<T[]>, pageSize: number): AsyncGenerator<T[]> {
  for (let after: T | null = null; ; ) {
    const rows = await read(after);
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1) ?? null;
  }
}
