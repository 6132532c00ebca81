/** Keys remembered at most; more than so many a minute are no people. */
const MOST_KEYS = 10_000;

/** At most `most` times a minute for each key, such as an address. @returns whether this once is within it */
export function rateLimit(most: number): (key: string) => boolean {
  const tries = new Map<string, { count: number; until: number }>();
  return (key) => {
    const now = Date.now();
    if (tries.size > MOST_KEYS) tries.clear();
    const entry = tries.get(key);
    if (!entry || entry.until < now) {
      tries.set(key, { count: 1, until: now + 60_000 });
      return most >= 1;
    }
    entry.count++;
    return entry.count <= most;
  };
}
