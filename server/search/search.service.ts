import type { DataSource } from "typeorm";
import { z } from "zod";
import type { SearchKind } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { search } from "./search.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    search: SearchService;
  }
}

/** Something that was found, and where it is shown. */
export interface SearchHit {
  kind: SearchKind;
  id: string;
  title: string;
  detail: string | null;
  experimentId: string | null;
  roundId: string | null;
}

const MOST_WORDS = 8;
const asked = z.object({
  text: z.string().trim().min(1, "must not be empty").max(200),
  first: z.number().int().min(1, "must be 1 to 20").max(20, "must be 1 to 20").nullish(),
});

/** What stands between spaces and ASCII's signs, as `search_words` has it in the database. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[\s!-/:-@[-`{-~]+/)
    .filter(Boolean)
    .slice(0, MOST_WORDS);

/** All words, each as a beginning. Words hold none of ASCII's signs, so nothing is to be quoted. */
const beginnings = (words: readonly string[]): string => words.map((word) => `${word}:*`).join(" & ");

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export class SearchService {
  constructor(private readonly db: DataSource) {}

  /** By id, or by the beginnings of words. The best of each kind together, in the order of kinds. @throws UserError BAD_INPUT */
  async search(input: unknown): Promise<SearchHit[]> {
    const { text, first } = parseInput(asked, input);
    const whole = text.toLowerCase();
    const most = first ?? 6;
    if (UUID.test(whole)) return this.db.query(search("ID"), [whole, whole, most]);
    const words = wordsOf(text);
    if (words.length === 0) return [];
    const round = roundAsked(words);
    return this.db.query(search("WORDS"), [
      ...[beginnings(words), whole, most],
      ...[round?.index ?? null, round !== null, round?.experiment ?? null],
    ]);
  }
}

/** "round", "round 2", "shapes round 2": which rounds are meant; null: none. */
export function roundAsked(words: readonly string[]): { index: number | null; experiment: string | null } | null {
  const at = words.findIndex((word) => word === "round" || word === "rounds");
  if (at < 0) return null;
  const number = /^\d{1,6}$/.test(words[at + 1] ?? "") ? Number(words[at + 1]) : null;
  const others = words.filter((_, i) => i !== at && !(number !== null && i === at + 1));
  return { index: number, experiment: others.length > 0 ? beginnings(others) : null };
}
