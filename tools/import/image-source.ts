import { open, stat } from "node:fs/promises";
import { isLitter, nameRefusal, normaliseName } from "./entry-name.ts";
import { folderEntries } from "./folder-source.ts";
import {
  EntryError,
  type ImportLimits,
  type ImportProblem,
  problem,
  type Refusal,
  SourceError,
} from "./import-item.ts";
import { tarEntries } from "./tar-source.ts";
import { zipEntries } from "./zip-source.ts";

/** A file in a folder or archive, before anything is believed about it. */
export interface SourceEntry {
  name: string;
  /** Bytes, as announced. */
  size: number;
  /** Set for what is no plain file (links, devices) or can't be read (encrypted). */
  refusal: Refusal | null;
  /** At most once, before the next entry is asked for. @throws EntryError past `limit` bytes */
  read(limit: number): Promise<Buffer>;
}

/** A file with a safe name that is its own. */
export interface CheckedEntry {
  kind: "entry";
  name: string;
  /** @throws EntryError over `limit` bytes, SourceError when the whole has become too large */
  read(limit: number): Promise<Buffer>;
}

const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b];

/** Chooses by the first bytes, not by the name: a .zip may be a tar. @throws SourceError */
async function rawEntries(path: string, limits: ImportLimits): Promise<AsyncIterable<SourceEntry>> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new SourceError(`It can't be opened (${error.code}).`, "Check the path and its permissions.");
  });
  if (info.isDirectory()) return folderEntries(path);
  const fix = "Give a folder, or a .tar, .tar.gz or .zip archive.";
  if (!info.isFile()) throw new SourceError("It is neither a folder nor a file.", fix);
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new SourceError(`It can't be opened (${error.code}).`, "Check the path and its permissions.");
  });
  const head = Buffer.alloc(512);
  await file.read(head, 0, 512, 0).finally(() => file.close());
  const starts = (magic: number[]) => magic.every((byte, i) => head[i] === byte);
  if (starts(ZIP)) return zipEntries(path, limits);
  if (starts(GZIP)) return tarEntries(path, { gzip: true, limits });
  if (head.toString("latin1", 257, 262) === "ustar" || path.endsWith(".tar"))
    return tarEntries(path, { gzip: false, limits });
  throw new SourceError("It is neither a folder nor a tar, tar.gz or zip archive.", fix);
}

/**
 * Walks a folder or archive once, one file in memory at a time at most, and lets through only plain files with safe names.
 * @throws SourceError when the rest can't be read
 */
export async function* checkedEntries(
  path: string,
  limits: ImportLimits,
): AsyncGenerator<CheckedEntry | ImportProblem> {
  const seen = new Set<string>();
  let count = 0;
  let total = 0;
  for await (const entry of await rawEntries(path, limits)) {
    if (++count > limits.maxEntries)
      throw new SourceError(`It holds more than ${limits.maxEntries} files.`, "Split it, and import the parts.");
    const unsafe = nameRefusal(entry.name);
    const name = unsafe ? entry.name : normaliseName(entry.name);
    if (!unsafe && isLitter(name)) continue;
    const twice = { reason: "The name comes twice in the archive.", fix: "Keep one; the first was taken." };
    const refusal = unsafe ?? entry.refusal ?? (seen.has(name) ? twice : null);
    if (refusal) {
      yield problem(name, null, refusal);
      continue;
    }
    seen.add(name);
    const read = async (limit: number): Promise<Buffer> => {
      if (entry.size > limit) throw tooLarge(limit);
      const bytes = await entry.read(limit);
      total += bytes.length;
      if (total > limits.maxTotalBytes)
        throw new SourceError(`It holds more than ${limits.maxTotalBytes} bytes.`, "Split it, and import the parts.");
      return bytes;
    };
    yield { kind: "entry", name, read };
  }
}

const tooLarge = (limit: number) =>
  new EntryError(`The file has more than ${limit} bytes.`, "Make it smaller, or leave it out.");
