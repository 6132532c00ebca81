/**
 * Preferences as Pick-a-Pic and Diffusion-DPO have them: a row is two images of a caption, label_0 says how far the first was preferred (1, 0,
 * or 0.5 for neither). Source of the columns: server/exports/pair-rows.ts, whose files are read here as well.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { z } from "zod";
import { formatOfBytes } from "../../shared/image-format.ts";
import {
  DEFAULT_LIMITS,
  type ImportItem,
  type ImportLimits,
  type ImportProblem,
  problem,
  type Refusal,
  SourceError,
} from "./import-item.ts";
import { MAX_K, type MetadataRow } from "./metadata.ts";

/** One decided preference, by the places of its images. */
export interface Preference {
  prompt: string;
  chosenK: number;
  rejectedK: number;
}

/** What a file of pairs holds, without the images' bytes. */
export interface PairList {
  /** By file name, in order of row: an image that several rows of a caption show is one. */
  rows: ReadonlyMap<string, MetadataRow>;
  /** The first decided row of each caption: a reward model has one human pair of a prompt. */
  preferences: readonly Preference[];
  problems: readonly ImportProblem[];
}

const OPENING_BRACE = 0x7b;
const NEWLINE = 0x0a;
const SIDES = [0, 1] as const;
type Side = (typeof SIDES)[number];
const NEEDED = ["caption", "jpg_0", "jpg_1", "label_0"];
const OPTIONAL = ["image_0_uid", "image_1_uid", "has_label"];

const image = z.instanceof(Uint8Array, { message: "must hold the image's bytes (in JSON Lines as base64)" });
const pairRow = z.object({
  caption: z.string().trim().min(1, "must not be empty").max(10_000),
  label_0: z.number().min(0).max(1).nullish(),
  has_label: z.boolean().nullish(),
  image_0_uid: z.string().min(1).max(200).nullish(),
  image_1_uid: z.string().min(1).max(200).nullish(),
  jpg_0: image,
  jpg_1: image,
});
type PairRow = z.output<typeof pairRow>;

/** A file that begins as one of pairs does. */
export interface PairFile {
  path: string;
  rows(): AsyncGenerator<NumberedRow>;
}

/** By the first bytes; null for folders, archives and what can't be opened. */
export async function pairFile(source: string): Promise<PairFile | null> {
  const file = await open(source).catch(() => null);
  if (!file) return null;
  const head = Buffer.alloc(4);
  // a folder opens, and can't be read
  await file
    .read(head, 0, 4, 0)
    .catch(() => null)
    .finally(() => file.close());
  if (head.toString("latin1") === "PAR1") return { path: source, rows: () => parquetRows(source) };
  return head[0] === OPENING_BRACE ? { path: source, rows: () => jsonRows(source) } : null;
}

/** A row, or why it is none. */
type NumberedRow = { line: number } & ({ row: PairRow } | { refusal: Refusal });

function checked(value: unknown, line: number): NumberedRow {
  const parsed = pairRow.safeParse(value);
  if (parsed.success) return { line, row: parsed.data };
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") || "row";
  return {
    line,
    refusal: { reason: `${field}: ${issue?.message}.`, fix: `Correct "${field}", or leave the row out.` },
  };
}

/** A row group is in memory at a time. */
async function* parquetRows(source: string): AsyncGenerator<NumberedRow> {
  const file = await asyncBufferFromFile(source);
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw new SourceError(`It is no Parquet file that can be read (${error.message}).`, "Write it again.");
  });
  const present = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
  const missing = NEEDED.filter((name) => !present.has(name));
  if (missing.length > 0)
    throw new SourceError(`It has no column ${missing.join(", ")}.`, "Give a file with the columns of Pick-a-Pic.");
  const columns = [...NEEDED, ...OPTIONAL].filter((name) => present.has(name));
  const compressors: Compressors = {
    GZIP: (bytes) => gunzipSync(bytes),
    ZSTD: (bytes) => zstdDecompressSync(bytes),
    BROTLI: (bytes) => brotliDecompressSync(bytes),
  };
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const rows = await parquetReadObjects({
      ...{ file, metadata, columns, compressors, rowStart: start, rowEnd: end },
      // what has no type of text is bytes
      utf8: false,
    });
    for (const [i, row] of rows.entries()) yield checked(row, start + i + 1);
    start = end;
  }
}

/** At newlines alone: Node's readline also ends a line at U+2028, which a JSON text may hold. */
async function* linesOf(source: string): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(source) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString();
      parts = [];
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
  }
  yield Buffer.concat(parts).toString();
}

async function* jsonRows(source: string): AsyncGenerator<NumberedRow> {
  let line = 0;
  for await (const text of linesOf(source)) {
    line++;
    if (text.trim() === "") continue;
    let row: Record<string, unknown>;
    try {
      row = JSON.parse(text);
    } catch {
      yield { line, refusal: { reason: "The line is not JSON.", fix: "Write one JSON object a line." } };
      continue;
    }
    const bytes = (value: unknown) => (typeof value === "string" ? Buffer.from(value, "base64") : value);
    yield checked({ ...row, jpg_0: bytes(row.jpg_0), jpg_1: bytes(row.jpg_1) }, line);
  }
}

/** What makes an image one image of its caption. */
const identity = (row: PairRow, side: Side) =>
  row[`image_${side}_uid`] ?? createHash("sha256").update(row[`jpg_${side}`]).digest("hex");

/** Preference for the first image: 1, 0, or null where nobody decided. */
const decided = ({ has_label, label_0 }: PairRow) =>
  has_label !== false && (label_0 === 0 || label_0 === 1) ? label_0 : null;

/** An image as its rows show it. */
interface Seen extends MetadataRow {
  won: boolean;
  lost: boolean;
}

/**
 * First walk: which images there are and which were preferred. Labels of samples say "preferred" of an image that won every decided
 * comparison it was in, "rejected" of one that lost every one.
 * @throws SourceError for what is no such file
 */
export async function listPairs(file: PairFile): Promise<PairList> {
  const metadataFile = path.basename(file.path);
  const seen = new Map<string, Map<string, Seen>>();
  const preferences = new Map<string, Preference>();
  const problems: ImportProblem[] = [];
  for await (const found of file.rows()) {
    const { line } = found;
    if ("refusal" in found) {
      problems.push(problem(metadataFile, line, found.refusal));
      continue;
    }
    const { row } = found;
    const prompt = row.caption;
    const images = seen.get(prompt) ?? new Map<string, Seen>();
    seen.set(prompt, images);
    const [first, second] = SIDES.map((side) => {
      const key = identity(row, side);
      const fileName = `${metadataFile}: jpg_${side} of row ${line}`;
      const known = images.get(key);
      const own = known ?? {
        fileName,
        prompt,
        k: images.size,
        seed: null,
        label: null,
        line,
        metadataFile,
        won: false,
        lost: false,
      };
      images.set(key, own);
      return own;
    }) as [Seen, Seen];
    const label = decided(row);
    if (label === null || first === second) continue;
    const [chosen, rejected] = label === 1 ? [first, second] : [second, first];
    chosen.won = true;
    rejected.lost = true;
    if (rejected.k <= MAX_K && chosen.k <= MAX_K && !preferences.has(prompt))
      preferences.set(prompt, { prompt, chosenK: chosen.k, rejectedK: rejected.k });
  }
  const rows = new Map<string, MetadataRow>();
  for (const { won, lost, ...row } of [...seen.values()].flatMap((images) => [...images.values()])) {
    const label = won === lost ? null : won ? "preferred" : "rejected";
    if (row.k <= MAX_K) rows.set(row.fileName, { ...row, label });
    else {
      const reason = `The caption has more than ${MAX_K + 1} images.`;
      problems.push(problem(metadataFile, row.line, { reason, fix: "Leave some out." }));
    }
  }
  return { rows, preferences: [...preferences.values()], problems };
}

/** Second walk: each image once, where it comes first, with problems between them. */
export async function* readPairImages(
  file: PairFile,
  { rows, problems }: PairList,
  { maxFileBytes }: Pick<ImportLimits, "maxFileBytes"> = DEFAULT_LIMITS,
): AsyncGenerator<ImportItem | ImportProblem> {
  yield* problems;
  const metadataFile = path.basename(file.path);
  for await (const found of file.rows()) {
    if ("refusal" in found) continue;
    for (const side of SIDES) {
      const listed = rows.get(`${metadataFile}: jpg_${side} of row ${found.line}`);
      if (!listed) continue;
      const bytes = Buffer.from(found.row[`jpg_${side}`]);
      if (bytes.length > maxFileBytes) {
        const reason = `The image has more than ${maxFileBytes} bytes.`;
        yield problem(listed.fileName, null, { reason, fix: "Make it smaller, or leave the row out." });
      } else if (formatOfBytes(bytes)) yield { kind: "item", ...listed, bytes };
      else {
        const reason = "It is not a PNG, JPEG, WebP or GIF image.";
        yield problem(listed.fileName, null, { reason, fix: "Mend it, or leave the row out." });
      }
    }
  }
}
