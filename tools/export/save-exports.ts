import { mkdir } from "node:fs/promises";
import path from "node:path";
import { type ApiClient, ApiError } from "../../shared/api-client.ts";
import { ExportKind } from "../../shared/enums.ts";
import { download } from "./download.ts";
import type { ExportOptions } from "./options.ts";

interface Link {
  kind: ExportKind;
  url: string;
  fileName: string;
}

export interface SavedFile {
  kind: ExportKind;
  file: string;
  bytes: number;
}

/** What was asked for and is not there yet. */
export interface NotYet {
  kind: ExportKind;
  fileName: string;
  code: string;
  reason: string;
}

export interface ExportReport {
  saved: SavedFile[];
  notYet: NotYet[];
}

/** Refusals that more work in the lab mends. */
const NOT_YET = new Set(["TOO_FEW_ITEMS", "SAMPLES_NOT_SCORED", "FEATURES_MISSING"]);

async function linksOf(client: ApiClient, { field, id }: ExportOptions["subjects"][number]): Promise<Link[]> {
  const query = `query ($id: ID!) { subject: ${field}(id: $id) { exports { kind url fileName } } }`;
  const { subject } = await client.ask<{ subject: { exports: Link[] } | null }>(query, { id });
  if (!subject) throw new ApiError("NOT_FOUND", `No ${field} ${id}.`, "id");
  return subject.exports;
}

/** The address of a file with the options that are about its kind. */
function addressOf({ kind, url }: Link, options: ExportOptions): string {
  const address = new URL(url, options.api);
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) address.searchParams.set(name, value);
  };
  if (kind === ExportKind.PAIRS_JSON_LINES) set("images", options.images);
  if (kind === ExportKind.FEATURES_SAFETENSORS) set("encoderKey", options.encoderKey);
  const arePairs = kind === ExportKind.PAIRS_PARQUET || kind === ExportKind.PAIRS_JSON_LINES;
  if (arePairs || kind === ExportKind.SFT_IMAGEFOLDER) set("promptTag", options.promptTag);
  return address.href;
}

/** Who is told how it goes, and may end it. */
export interface Watch {
  begin(fileName: string): void;
  progress(bytes: number, total: number | null): void;
  end(): void;
  signal: AbortSignal;
}

/** Saves what was asked for, one file after the other. @throws ApiError, Error of the file system */
export async function saveExports(client: ApiClient, options: ExportOptions, watch: Watch): Promise<ExportReport> {
  const report: ExportReport = { saved: [], notYet: [] };
  await mkdir(options.out, { recursive: true });
  for (const subject of options.subjects)
    for (const link of await linksOf(client, subject)) {
      const { kind, fileName } = link;
      if (options.kinds && !options.kinds.has(kind)) continue;
      const file = path.join(options.out, path.basename(fileName));
      watch.begin(fileName);
      try {
        const url = addressOf(link, options);
        const bytes = await download({
          url,
          token: options.token,
          file,
          onProgress: watch.progress,
          signal: watch.signal,
        });
        report.saved.push({ kind, file, bytes });
      } catch (error) {
        if (!(error instanceof ApiError && NOT_YET.has(error.code))) throw error;
        report.notYet.push({ kind, fileName, code: error.code, reason: error.message });
      } finally {
        watch.end();
      }
    }
  return report;
}
