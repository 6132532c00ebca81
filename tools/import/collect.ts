import { EntryError } from "./import-item.ts";

/**
 * Gathers a stream that may lie about its size. It is read to its end all the same, so that a tar can go on behind it.
 * @throws EntryError when more than `limit` bytes came
 */
export async function collect(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > limit) throw new EntryError(`The file has more than ${limit} bytes.`, "Make it smaller, or leave it out.");
  return Buffer.concat(chunks);
}
