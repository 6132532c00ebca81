import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseInput } from "../../../shared/parse-input.ts";
import { UserError } from "../../../shared/user-error.ts";
import { type ScorerCard, scorerCard } from "./card.ts";
import type { ScorerSettings } from "./settings.ts";

/** Cards that come with the lab. */
const BUILT_IN = fileURLToPath(new URL("./cards", import.meta.url));

/** A card and the folder that its files are looked for in first. */
export interface LocatedCard {
  readonly card: ScorerCard;
  /** path of the JSON file */
  readonly source: string;
  readonly folder: string;
}

export interface CardCollection {
  /** by id, in the order of ids */
  readonly cards: ReadonlyMap<string, LocatedCard>;
  /** files that are no card, and why */
  readonly broken: readonly { readonly source: string; readonly reason: string }[];
}

/**
 * The built-in cards, and every *.json of the user's folder; a card of the user's takes the place of a built-in one with the
 * same id. A folder that is not there holds none.
 */
export async function readCards(settings: ScorerSettings): Promise<CardCollection> {
  const found = new Map<string, LocatedCard>();
  const broken: { source: string; reason: string }[] = [];
  for (const folder of [BUILT_IN, resolve(settings.directory)]) {
    const here = new Map<string, LocatedCard>();
    for (const source of await jsonFiles(folder)) {
      try {
        const card = await readCard(source);
        const twin = here.get(card.id);
        if (twin) throw new UserError("BAD_INPUT", `id: "${card.id}" is the id of ${twin.source} too.`, "id");
        here.set(card.id, { card, source, folder });
      } catch (error) {
        broken.push({ source, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    for (const [id, card] of here) found.set(id, card);
  }
  const ordered = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { cards: new Map(ordered), broken };
}

/** @throws UserError BAD_INPUT naming the file and the first field at fault */
async function readCard(source: string): Promise<ScorerCard> {
  const text = await readFile(source, { encoding: "utf8" });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError("BAD_INPUT", `it is not JSON: ${(error as Error).message}`);
  }
  return parseInput(scorerCard, json);
}

/**
 * Tokenizers that lie in the user's folder are JSON too, so a file is taken for a card by its name: *.scorer.json.
 */
async function jsonFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith(".scorer.json"))
    .toSorted()
    .map((name) => join(folder, name));
}
