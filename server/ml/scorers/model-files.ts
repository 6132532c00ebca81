import { access } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { UserError } from "../../../shared/user-error.ts";
import { cachedModel, cachedPath, sha256Of } from "../encoders/model-hub.ts";
import type { ModelSpec, TextSpec } from "./card.ts";
import type { LocatedCard } from "./card-files.ts";
import type { ScorerSettings } from "./settings.ts";

type FileSpec = Pick<ModelSpec, "file" | "hub" | "sha256"> & { readonly data?: readonly string[] };

/** A file that is on this machine, and what it is. */
export interface LocalFile {
  readonly path: string;
  readonly sha256: string;
  /** of the weights beside it, by name */
  readonly data: Readonly<Record<string, string>>;
}

/** What a card reads: its models and its tokenizer. */
export function filesOf({ card }: LocatedCard): Map<"model" | "textModel" | "text.tokenizer", FileSpec> {
  const files = new Map<"model" | "textModel" | "text.tokenizer", ModelSpec | TextSpec["tokenizer"]>();
  files.set("model", card.model);
  if (card.textModel) files.set("textModel", card.textModel);
  if (card.text) files.set("text.tokenizer", card.text.tokenizer);
  return files;
}

/** Where a file would be downloaded from; null where the card or the settings name no hub. */
function urlOf({ hub }: FileSpec, { hubUrl }: ScorerSettings): string | null {
  if (!hub || !hubUrl) return null;
  return `${hubUrl}/${hub.repo}/resolve/${encodeURIComponent(hub.revision)}/${hub.path}`;
}

/** Path of the file where it is on this machine, with its weights beside it. */
async function localPath(spec: FileSpec, located: LocatedCard, settings: ScorerSettings): Promise<string | null> {
  const url = urlOf(spec, settings);
  const places = isAbsolute(spec.file)
    ? [spec.file]
    : [join(located.folder, spec.file), resolve(settings.directory, spec.file)];
  for (const place of url ? [...places, cachedPath(url, settings.cacheDirectory)] : places)
    if (await allExist([place, ...(spec.data ?? []).map((name) => join(dirname(place), name))])) return place;
  return null;
}

/** Whether a scorer can be used on this machine, and if not, why not. */
export interface FileState {
  readonly state: "READY" | "DOWNLOADABLE" | "MISSING";
  /** what to do about it; null when it is ready */
  readonly reason: string | null;
}

/** Looks for files without reading them. */
export async function fileState(located: LocatedCard, settings: ScorerSettings): Promise<FileState> {
  const lacking: string[] = [];
  const downloads: string[] = [];
  for (const spec of filesOf(located).values()) {
    if (await localPath(spec, located, settings)) continue;
    const url = urlOf(spec, settings);
    if (url) downloads.push(url);
    else lacking.push(...[spec.file, ...(spec.data ?? [])]);
  }
  if (lacking.length > 0) return { state: "MISSING", reason: missingSentence(located, lacking, settings) };
  if (downloads.length > 0)
    return { state: "DOWNLOADABLE", reason: `Its first use downloads ${downloads.join(" and ")}.` };
  return { state: "READY", reason: null };
}

function missingSentence({ card }: LocatedCard, files: readonly string[], { directory }: ScorerSettings): string {
  const what = files.map((file) => `"${file}"`).join(" and ");
  return `The scorer "${card.id}" lacks ${what}: put ${files.length === 1 ? "it" : "them"} into the worker's folder "${resolve(directory)}" (GANRM_SCORERS_DIR sets it).`;
}

/**
 * The file, downloaded if need be.
 * @throws UserError SCORER_UNAVAILABLE where it can't be had, BAD_INPUT where it is another than the card declares
 */
export async function obtainFile(spec: FileSpec, located: LocatedCard, settings: ScorerSettings): Promise<LocalFile> {
  const url = urlOf(spec, settings);
  const here = await localPath(spec, located, settings);
  if (!here && (!url || (spec.data ?? []).length > 0))
    throw new UserError(
      "SCORER_UNAVAILABLE",
      missingSentence(located, [spec.file, ...(spec.data ?? [])], settings),
      "scorer",
    );
  const path = here ?? (await downloaded({ url: url ?? "", sha256: spec.sha256 }, located, settings));
  const sha256 = await sha256Of(path);
  if (spec.sha256 && sha256 !== spec.sha256)
    throw new UserError(
      "BAD_INPUT",
      `Scorer "${located.card.id}": "${path}" has sha256 ${sha256}, not ${spec.sha256} as ${located.source} says.`,
      "scorer",
    );
  const data = await Promise.all(
    (spec.data ?? []).map(async (name) => [name, await sha256Of(join(dirname(path), name))] as const),
  );
  return { path, sha256, data: Object.fromEntries(data) };
}

async function downloaded(
  file: { url: string; sha256?: string },
  { card }: LocatedCard,
  { cacheDirectory }: ScorerSettings,
): Promise<string> {
  try {
    return await cachedModel(file, cacheDirectory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError("SCORER_UNAVAILABLE", `Scorer "${card.id}": ${reason}`, "scorer");
  }
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (!there) return false;
  }
  return true;
}
