import { stat } from "node:fs/promises";
import yauzl from "yauzl";
import { collect } from "./collect.ts";
import type { SourceEntry } from "./image-source.ts";
import { EntryError, type ImportLimits, type Refusal, SourceError } from "./import-item.ts";

/** An entry this small may grow at will, bytes. */
const FREE_BYTES = 1 << 20;
const FILE_TYPE = 0o170000;
const PLAIN = 0o100000;

function refusalOf(entry: yauzl.Entry, limits: ImportLimits): Refusal | null {
  const fix = "Put the file itself into the archive.";
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type !== 0 && type !== PLAIN) return { reason: "It is a link or a device, no plain file.", fix };
  if (entry.isEncrypted()) return { reason: "It is encrypted.", fix: "Make the archive without a password." };
  if (!entry.canDecodeFileData())
    return { reason: `Its compression method ${entry.compressionMethod} is not known.`, fix: "Use deflate or none." };
  if (entry.uncompressedSize > Math.max(FREE_BYTES, entry.compressedSize * limits.maxExpansion))
    return { reason: "It unpacks to far more than an image does.", fix };
  return null;
}

async function readEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, limit: number): Promise<Buffer> {
  try {
    return await collect(await zip.openReadStreamPromise(entry), limit);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new EntryError(`It is damaged (${(error as Error).message}).`, "Pack or download the archive again.");
  }
}

/**
 * Files of a zip, in the order of its directory. Nothing is decompressed that is not read.
 * @throws SourceError for an archive that is damaged, or whose entries overlap (as in a bomb without nesting)
 */
export async function* zipEntries(path: string, limits: ImportLimits): AsyncGenerator<SourceEntry> {
  const { size } = await stat(path);
  const damaged = (error: Error) =>
    new SourceError(`The archive is damaged (${error.message}).`, "Pack or download it again.");
  const zip = await yauzl
    .openPromise(path, { autoClose: false, lazyEntries: true, decodeStrings: false })
    .catch((error) => {
      throw damaged(error);
    });
  let compressed = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      compressed += entry.compressedSize;
      if (compressed > size) throw new SourceError("Its entries overlap.", "Pack the images anew.");
      const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
      if (name.endsWith("/")) continue;
      const refusal = refusalOf(entry, limits);
      yield { name, size: entry.uncompressedSize, refusal, read: (limit) => readEntry(zip, entry, limit) };
    }
  } catch (error) {
    throw error instanceof SourceError ? error : damaged(error as Error);
  } finally {
    zip.close();
  }
}
