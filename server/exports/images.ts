import { bytesOf, type ReadableStore } from "./readable-store.ts";

/** Reads under way at a time: enough to hide the latency of a store over the network. */
const PARALLEL_READS = 8;

/** The stored bytes of artifacts, in order. @throws Error where the store has lost one */
export async function readImages(store: ReadableStore, hashes: readonly string[]): Promise<Buffer[]> {
  const images: Buffer[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    for (let i = next++; i < hashes.length; i = next++) images[i] = await bytesOf(store.read(hashes[i] ?? ""));
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, reader));
  return images;
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
