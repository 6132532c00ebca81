import path from "node:path";
import { z } from "zod";
import { nameRefusal, normaliseName } from "./entry-name.ts";
import { type ImportItem, type ImportProblem, problem, type Refusal } from "./import-item.ts";

export const METADATA_FILE = "metadata.jsonl";

/** What metadata.jsonl says about one image. */
export type MetadataRow = Omit<ImportItem, "kind" | "bytes">;

/** Largest place of an image among those of its prompt. */
export const MAX_K = 999;
const rowSchema = z.object({
  file_name: z.string().min(1, "must not be empty"),
  prompt: z.string().trim().min(1, "must not be empty").max(10_000),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
  k: z.number().int().min(0).max(MAX_K).nullish(),
  label: z.string().max(200).nullish(),
});
type Row = z.output<typeof rowSchema>;
interface NumberedRow extends Row {
  line: number;
  metadataFile: string;
}

const EXAMPLE = '{"file_name": "0001.png", "prompt": "a red fox", "k": 0}';

function parseLine(bytes: Buffer): Row | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const cause = error instanceof SyntaxError ? "JSON" : "UTF-8";
    return { reason: `The line is not ${cause}.`, fix: `Write one JSON object a line, such as ${EXAMPLE}.` };
  }
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") || "line";
    return { reason: `${field}: ${issue?.message}.`, fix: `Correct "${field}"; a line looks like ${EXAMPLE}.` };
  }
  const refusal = nameRefusal(parsed.data.file_name);
  return refusal ? { reason: `file_name: ${refusal.reason}`, fix: refusal.fix } : parsed.data;
}

function* linesOf(bytes: Buffer): Generator<{ line: number; text: Buffer }> {
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = bytes.subarray(start, end);
    line++;
    if (text.some((byte) => byte > 0x20)) yield { line, text };
    start = end + 1;
  }
}

/** Which (prompt, k) are taken. */
class Places {
  private readonly taken = new Map<string, Map<number, string>>();

  /** @returns who holds the place already, or null when it is now `where`'s */
  claim(prompt: string, k: number, where: string): string | null {
    const places = this.taken.get(prompt) ?? new Map<number, string>();
    this.taken.set(prompt, places);
    const holder = places.get(k);
    if (holder === undefined) places.set(k, where);
    return holder ?? null;
  }

  lowestFree(prompt: string): number {
    const places = this.taken.get(prompt);
    let k = 0;
    while (k <= MAX_K && places?.has(k)) k++;
    return k;
  }
}

/**
 * Reads the lines of every metadata.jsonl; file names are relative to the folder that it lies in (Hugging Face imagefolder).
 * A line without k gets the lowest one that no line of its prompt names.
 * @returns rows by file name in order of line, and what is wrong with the other lines
 */
export function parseMetadata(files: { name: string; bytes: Buffer }[]): {
  rows: Map<string, MetadataRow>;
  problems: ImportProblem[];
} {
  const problems: ImportProblem[] = [];
  const parsed: NumberedRow[] = [];
  for (const { name: metadataFile, bytes } of files)
    for (const { line, text } of linesOf(bytes)) {
      const row = parseLine(text);
      if ("reason" in row) problems.push(problem(metadataFile, line, row));
      else parsed.push({ ...row, line, metadataFile });
    }
  return { rows: placeRows(parsed, problems), problems };
}

/** Gives each row its place, rows that name one first; a file or place named twice stays with the first line. */
function placeRows(parsed: NumberedRow[], problems: ImportProblem[]): Map<string, MetadataRow> {
  const lines = new Map<string, string>();
  const places = new Places();
  const placed = new Map<NumberedRow, number>();
  const named: { row: NumberedRow; fileName: string }[] = [];
  for (const row of parsed) {
    const fileName = normaliseName(path.posix.join(path.posix.dirname(row.metadataFile), row.file_name));
    const where = `line ${row.line} of ${row.metadataFile}`;
    const earlier = lines.get(fileName);
    const holder = earlier || typeof row.k !== "number" ? null : places.claim(row.prompt, row.k, where);
    if (earlier) {
      const fix = "Keep one line per image.";
      problems.push(
        problem(row.metadataFile, row.line, { reason: `${row.file_name} is named on ${earlier} already.`, fix }),
      );
    } else if (holder) {
      const reason = `k ${row.k} of this prompt is taken by ${holder}.`;
      problems.push(problem(row.metadataFile, row.line, { reason, fix: "Give it another k, or leave k out." }));
    } else {
      if (typeof row.k === "number") placed.set(row, row.k);
      named.push({ row, fileName });
    }
    if (!earlier) lines.set(fileName, where);
  }
  const rows = new Map<string, MetadataRow>();
  for (const { row, fileName } of named) {
    const k = placed.get(row) ?? places.lowestFree(row.prompt);
    places.claim(row.prompt, k, "");
    const { prompt, line, metadataFile, seed = null, label = null } = row;
    if (k <= MAX_K) rows.set(fileName, { fileName, prompt, k, seed, label, line, metadataFile });
    else {
      const reason = `The prompt has more than ${MAX_K + 1} images.`;
      problems.push(problem(metadataFile, line, { reason, fix: "Leave some out." }));
    }
  }
  return rows;
}
