import path from "node:path";
import { formatOfBytes, formatOfName, IMAGE_FORMATS } from "../../shared/image-format.ts";
import { type CheckedEntry, checkedEntries } from "./image-source.ts";
import {
  DEFAULT_LIMITS,
  EntryError,
  type ImportItem,
  type ImportLimits,
  type ImportProblem,
  type ProxyImportItem,
  problem,
  SourceError,
} from "./import-item.ts";
import { METADATA_FILE, type MetadataRow, parseMetadata } from "./metadata.ts";

export type { ImportItem, ImportLimits, ImportProblem, ProxyImportItem } from "./import-item.ts";

const PAPERWORK = /\.(md|txt|json|jsonl|csv|parquet)$|^(LICEN[CS]E|NOTICE|README)$/i;

/** @returns the bytes of what its name and its first bytes agree to be an image. @throws EntryError, SourceError */
async function readImage(entry: CheckedEntry, limits: ImportLimits): Promise<Buffer> {
  const expected = formatOfName(entry.name);
  const fix = "Use a PNG, JPEG, WebP or GIF file, named so.";
  if (!expected) throw new EntryError("The name does not end as an image's does.", fix);
  const bytes = await entry.read(limits.maxFileBytes);
  if (bytes.length === 0) throw new EntryError("The file is empty.", "Save the image again.");
  const format = formatOfBytes(bytes);
  if (!format) throw new EntryError("It is not a PNG, JPEG, WebP or GIF image.", fix);
  if (format !== expected)
    throw new EntryError(
      `It is named as ${expected}, but it is ${format}.`,
      `Rename it to end in .${IMAGE_FORMATS[format].extensions[0]}.`,
    );
  return bytes;
}

/** Turns one entry's failure into a problem; one that ends the whole source goes on. */
function entryProblem(error: unknown, file: string, line: number | null): ImportProblem {
  if (error instanceof EntryError) return problem(file, line, error);
  throw error;
}

/** Runs a reader whose SourceError becomes its last problem. */
async function* reported<T>(source: string, reading: AsyncIterable<T>): AsyncGenerator<T | ImportProblem> {
  try {
    yield* reading;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    yield problem(source, null, error);
  }
}

/** What the metadata says of the images of a folder or archive. */
export interface ImageList {
  /** By file name, in order of line. */
  rows: ReadonlyMap<string, MetadataRow>;
  problems: readonly ImportProblem[];
}

/**
 * First walk: every metadata.jsonl. Damage behind them is left for the second walk to report.
 * @throws SourceError when there is none to read
 */
export async function listImages(source: string, given: Partial<ImportLimits> = {}): Promise<ImageList> {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const files: { name: string; bytes: Buffer }[] = [];
  const problems: ImportProblem[] = [];
  try {
    for await (const entry of checkedEntries(source, limits)) {
      if (entry.kind === "problem" || path.posix.basename(entry.name) !== METADATA_FILE) continue;
      try {
        files.push({ name: entry.name, bytes: await entry.read(limits.maxMetadataBytes) });
      } catch (error) {
        problems.push(entryProblem(error, entry.name, null));
      }
    }
  } catch (error) {
    if (!(error instanceof SourceError) || files.length === 0) throw error;
  }
  if (files.length === 0 && problems.length === 0)
    throw new SourceError(
      `There is no ${METADATA_FILE}.`,
      "Add one with a line per image: file_name, prompt, optional seed, k, label.",
    );
  const { rows, problems: lineProblems } = parseMetadata(files);
  return { rows, problems: [...problems, ...lineProblems] };
}

async function* samples(
  source: string,
  limits: ImportLimits,
  listed?: ImageList,
): AsyncGenerator<ImportItem | ImportProblem> {
  const list = listed ?? (await listImages(source, limits));
  const { problems } = list;
  const rows = new Map(list.rows);
  yield* problems;
  const refused = new Set(problems.map((p) => p.file));
  for await (const entry of checkedEntries(source, limits)) {
    const row = rows.get(entry.kind === "entry" ? entry.name : entry.file);
    if (entry.kind === "problem") {
      if (row) rows.delete(row.fileName);
      yield row ? { ...entry, line: row.line } : entry;
    } else if (row) {
      rows.delete(row.fileName);
      try {
        yield { kind: "item", ...row, bytes: await readImage(entry, limits) };
      } catch (error) {
        yield entryProblem(error, entry.name, row.line);
      }
    } else if (formatOfName(entry.name) && !refused.has(entry.name))
      yield problem(entry.name, null, {
        reason: `No good line of ${METADATA_FILE} names it.`,
        fix: "Add or correct its line.",
      });
  }
  for (const { fileName, metadataFile, line } of rows.values())
    yield problem(metadataFile, line, {
      reason: `${fileName} is not there.`,
      fix: "Add the file, or remove the line.",
    });
}

/**
 * Reads a lab's samples: a folder, tar, tar.gz or zip of images with metadata.jsonl as in the Hugging Face imagefolder
 * convention (`file_name`, `prompt`, optional `seed`, `k`, `label`). An archive is walked twice (the metadata may come last)
 * and never unpacked to disk; one image at a time is in memory. Images are decoded by the server when they are uploaded.
 * @param listed what `listImages` said, to spare a walk
 * @returns images in the source's order (a folder's is sorted), with problems between them; never throws for bad input
 */
export function readImageFolder(
  source: string,
  limits: Partial<ImportLimits> = {},
  listed?: ImageList,
): AsyncIterable<ImportItem | ImportProblem> {
  return reported(source, samples(source, { ...DEFAULT_LIMITS, ...limits }, listed));
}

async function* proxies(source: string, limits: ImportLimits): AsyncGenerator<ProxyImportItem | ImportProblem> {
  let found = 0;
  for await (const entry of checkedEntries(source, limits)) {
    if (entry.kind === "problem") yield entry;
    else if (!PAPERWORK.test(path.posix.basename(entry.name))) {
      found++;
      try {
        yield { kind: "item", fileName: entry.name, bytes: await readImage(entry, limits) };
      } catch (error) {
        yield entryProblem(error, entry.name, null);
      }
    }
  }
  if (found === 0) throw new SourceError("There are no images in it.", "Give a folder or archive of images.");
}

/**
 * Reads Preference Proxy Data (paper, section 3.1): a plain folder, tar, tar.gz or zip of images of what the lab wants.
 * @returns as readImageFolder; texts and tables beside the images are passed over
 */
export function readProxyFolder(
  source: string,
  limits: Partial<ImportLimits> = {},
): AsyncIterable<ProxyImportItem | ImportProblem> {
  return reported(source, proxies(source, { ...DEFAULT_LIMITS, ...limits }));
}
