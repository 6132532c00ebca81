import { readFileSync } from "node:fs";
import type { EmojiPrompt } from "./emoji.ts";

/**
 * A FAMILY is a set of prompts that share a base drawing in some vendor's hand: clock faces, keycaps and buttons, smileys,
 * arrows, the same person in another pose. A model that saw one member has all but seen the others, so a family is never
 * divided between what is trained on and what is judged. `families.txt` holds one family a line, largest first; a prompt
 * that it does not name is a family of its own. `npx tsx tools/demo/find-families.ts` writes it anew.
 */
export const FAMILIES_FILE = new URL("./families.txt", import.meta.url);

/** Where a name turns from what is drawn to what goes with it: "face with tears of joy", "person taking bath". */
const TURN = /^(with|without|in|on|of|behind|from|off|under|[a-z]{2,}ing)$/;
const singular = (word: string) => (/[^s]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word);

/**
 * The nouns that may name a prompt's base drawing, within its Unicode group: the last word before the name's turn, and the
 * last word of all. "face with tears of joy" gives face and joy, "index pointing up" gives index and up.
 */
export function baseNouns({ slug, group }: Pick<EmojiPrompt, "slug" | "group">): string[] {
  const words = slug.split("-");
  const turn = words.findIndex((word, i) => i > 0 && TURN.test(word));
  const head = words[0] === "keycap" ? "keycap" : words[(turn < 0 ? words.length : turn) - 1];
  return [...new Set([head ?? "", words.at(-1) ?? ""].map((noun) => `${group}/${singular(noun)}`))];
}

/** Joins what is linked, directly or through others. @returns the groups, each in its first member's place and order */
export function joinLinked<T>(items: readonly T[], links: Iterable<readonly [T, T]>): T[][] {
  const parent = new Map(items.map((item) => [item, item]));
  const rootOf = (item: T): T => {
    const up = parent.get(item) ?? item;
    if (up === item) return item;
    const root = rootOf(up);
    parent.set(item, root);
    return root;
  };
  for (const [a, b] of links) parent.set(rootOf(b), rootOf(a));
  const groups = new Map<T, T[]>();
  for (const item of items) {
    const root = rootOf(item);
    groups.set(root, [...(groups.get(root) ?? []), item]);
  }
  return [...groups.values()];
}

/** @returns the prompts of each family, in the order of `prompts` */
export function familiesOf(prompts: readonly EmojiPrompt[]): EmojiPrompt[][] {
  const nameOf = new Map<string, string>();
  for (const line of readFileSync(FAMILIES_FILE, "utf8").trim().split("\n")) {
    const slugs = line.split(" ");
    for (const slug of slugs) nameOf.set(slug, slugs[0] ?? slug);
  }
  return [...Map.groupBy(prompts, ({ slug }) => nameOf.get(slug) ?? slug).values()];
}
