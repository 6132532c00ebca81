import type { ApiClient } from "../../shared/api-client.ts";

const PARALLEL_DOWNLOADS = 8;

/** Bytes of the artifacts in order, a few downloads ahead of the reader. */
export async function* download(
  client: ApiClient,
  hashes: readonly string[],
): AsyncGenerator<{ key: string; bytes: Buffer }> {
  const ahead: Promise<{ key: string; bytes: Buffer }>[] = [];
  const fetchOne = async (key: string) => ({ key, bytes: Buffer.from(await client.download(key)) });
  let next = 0;
  while (next < hashes.length || ahead.length > 0) {
    while (ahead.length < PARALLEL_DOWNLOADS && next < hashes.length) {
      const one = fetchOne(hashes[next++] ?? "");
      one.catch(() => undefined); // reported where it is awaited
      ahead.push(one);
    }
    const first = await ahead.shift();
    if (first) yield first;
  }
}
