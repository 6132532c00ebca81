import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import tar from "tar-stream";
import { collect } from "./collect.ts";
import type { SourceEntry } from "./image-source.ts";
import { EntryError, type ImportLimits, type Refusal, SourceError } from "./import-item.ts";

/** An archive this small may grow at will, bytes. */
const FREE_BYTES = 64 << 20;
/** Headers between two files, bytes; the parser holds them in memory. */
const MAX_HEADER_BYTES = 16 << 20;

const KINDS: Record<string, string> = {
  symlink: "a symbolic link",
  link: "a hard link",
  fifo: "a pipe",
  "character-device": "a device",
  "block-device": "a device",
};

function refusalOf(type: string): Refusal | null {
  if (type === "file" || type === "contiguous-file") return null;
  return {
    reason: `It is ${KINDS[type] ?? `a "${type}"`}, no plain file.`,
    fix: "Put the file itself into the archive.",
  };
}

/** Lets bytes through as long as the parser has a reason to want them. */
class Meter extends Transform {
  private passed = 0;
  private allowed = MAX_HEADER_BYTES;
  constructor(private readonly budget: number) {
    super();
  }

  /** A file of `size` bytes comes next, then headers again. */
  expect(size: number): void {
    this.allowed = this.passed + size + MAX_HEADER_BYTES;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.passed += chunk.length;
    const fix = "Pack the images anew with tar.";
    if (this.passed > this.budget) done(new SourceError("It unpacks to far more than images do.", fix));
    else if (this.passed > this.allowed) done(new SourceError("A header in it is far too long.", fix));
    else done(null, chunk);
  }
}

/**
 * Files of a tar, in its order, streamed; what is not read is skipped.
 * @throws SourceError for a bomb, a truncated or a damaged archive, after the entries before the damage
 */
export async function* tarEntries(
  path: string,
  { gzip, limits }: { gzip: boolean; limits: ImportLimits },
): AsyncGenerator<SourceEntry> {
  const { size } = await stat(path);
  const meter = new Meter(gzip ? Math.max(FREE_BYTES, size * limits.maxExpansion) : Number.POSITIVE_INFINITY);
  const extract = tar.extract();
  const file = createReadStream(path);
  let failure: unknown = null;
  const feeding = (gzip ? pipeline(file, createGunzip(), meter, extract) : pipeline(file, meter, extract)).catch(
    (error: unknown) => {
      failure ??= error;
    },
  );
  /** The first cause lies upstream of the stream that noticed. */
  const damage = async (noticed: unknown): Promise<SourceError> => {
    extract.destroy();
    file.destroy();
    await feeding;
    for (const error of [failure, noticed]) if (error instanceof SourceError) return error;
    const message = failure instanceof Error ? failure.message : String(noticed);
    return new SourceError(`The archive is truncated or damaged (${message}).`, "Pack or download it again.");
  };
  const read = async (entry: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> => {
    try {
      return await collect(entry, limit);
    } catch (error) {
      throw error instanceof EntryError ? error : await damage(error);
    }
  };
  try {
    for await (const entry of extract) {
      const { name, type, size: bytes = 0 } = entry.header;
      meter.expect(bytes);
      if (type !== "directory")
        yield {
          name,
          size: bytes,
          refusal: refusalOf(type ?? "file"),
          read: (limit) => read(entry as AsyncIterable<Uint8Array>, limit),
        };
      entry.resume();
    }
    await feeding;
    if (failure) throw failure;
  } catch (error) {
    throw await damage(error);
  } finally {
    extract.destroy();
    file.destroy();
    await feeding;
  }
}
