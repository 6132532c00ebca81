/** One image of a lab's own, with what metadata.jsonl says about it. */
export interface ImportItem {
  kind: "item";
  /** Path inside the folder or archive, with "/". */
  fileName: string;
  prompt: string;
  /** Which of the prompt's images, from 0; the lowest free one where the line does not say. */
  k: number;
  seed: number | null;
  label: string | null;
  metadataFile: string;
  /** Line of metadataFile, from 1; prompts in order of line are prompts in the lab's order. */
  line: number;
  bytes: Buffer;
}

/** One image of the Preference Proxy Data: no prompt, no pair. */
export interface ProxyImportItem {
  kind: "item";
  fileName: string;
  bytes: Buffer;
}

/** Why something did not go in, and what to do about it. The rest goes in all the same. */
export interface ImportProblem {
  kind: "problem";
  file: string;
  /** The metadata's line at fault or naming the image, from 1; null where no line does. */
  line: number | null;
  reason: string;
  fix: string;
}

/** A reason and its remedy, before it is known which file they concern. */
export interface Refusal {
  reason: string;
  fix: string;
}

export interface ImportLimits {
  /** One image, bytes; the server takes no more either. */
  maxFileBytes: number;
  /** One metadata.jsonl, bytes. It is held in memory. */
  maxMetadataBytes: number;
  /** All that is read, bytes, after decompression. */
  maxTotalBytes: number;
  /** Files in one folder or archive. */
  maxEntries: number;
  /** An archive may grow this many times. Images hardly shrink, while deflate's bombs reach 1,000. */
  maxExpansion: number;
}

export const DEFAULT_LIMITS: ImportLimits = {
  maxFileBytes: 64 << 20,
  maxMetadataBytes: 256 << 20,
  maxTotalBytes: 256 * 2 ** 30,
  maxEntries: 1_000_000,
  maxExpansion: 200,
};

/** Ends the reading of a whole folder or archive. */
export class SourceError extends Error implements Refusal {
  override readonly name = "SourceError";
  constructor(
    readonly reason: string,
    readonly fix: string,
  ) {
    super(`${reason} ${fix}`);
  }
}

/** Concerns one entry; reading goes on with the next. */
export class EntryError extends SourceError {}

export const problem = (file: string, line: number | null, { reason, fix }: Refusal): ImportProblem => ({
  kind: "problem",
  file,
  line,
  reason,
  fix,
});
