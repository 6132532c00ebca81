import { bytesOf, type ReadableStore } from "../artifacts/artifact.service.ts";

/** Reads under way at a time: enough to hide the latency of a store over the network. */
const PARALLEL_READS = 8;

/** The stored bytes of artifacts, in order, each read once. @throws Error where the store has lost one */
export async function readImages(store: ReadableStore, hashes: readonly string[]): Promise<Buffer[]> {
  const images = new Map<string, Buffer>();
  // One iterator for all readers: each takes the next hash.
  const waiting = new Set(hashes).values();
  const reader = async (): Promise<void> => {
    for (const hash of waiting) images.set(hash, await bytesOf(store.read(hash)));
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, reader));
  return hashes.map((hash) => images.get(hash) as Buffer);
}

/**
 * Cuts rows into groups whose images take at most `maxBytes` together (a single row may take more), in order.
 * @param sizeOf the size of a row's images
 */
export async function* groupsByBytes<T>(
  pages: AsyncIterable<T[]>,
  sizeOf: (row: T) => number,
  { maxBytes, maxRows }: { maxBytes: number; maxRows: number },
): AsyncGenerator<T[]> {
  let group: T[] = [];
  let bytes = 0;
  for await (const rows of pages)
    for (const row of rows) {
      const size = sizeOf(row);
      if (group.length > 0 && (bytes + size > maxBytes || group.length === maxRows)) {
        yield group;
        group = [];
        bytes = 0;
      }
      group.push(row);
      bytes += size;
    }
  if (group.length > 0) yield group;
}
