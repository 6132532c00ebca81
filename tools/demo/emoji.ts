import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import sharp from "sharp";

/** Vendors whose drawings ship in npm packages under clear licences; see ATTRIBUTION.md. */
export const STYLES = [
  "noto",
  "noto-v1",
  "fluent-emoji-flat",
  "fluent-emoji-high-contrast",
  "twemoji",
  "emojione",
  "openmoji",
] as const;
export type Style = (typeof STYLES)[number];

interface IconSet {
  width?: number;
  height?: number;
  icons: Record<string, { body: string; width?: number; height?: number }>;
  aliases?: Record<string, { parent: string }>;
}

export interface EmojiPrompt {
  /** The name of the drawing in every vendor's set. */
  slug: string;
  /** What a volunteer would call it, such as "grinning face". */
  text: string;
  /** Unicode's, such as "Smileys & Emotion". */
  group: string;
  keywords: string[];
}

const load = <T>(name: string): T =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve(name), "utf8")) as T;
const sets = new Map<Style, IconSet>();

function iconSet(style: Style): IconSet {
  const set = sets.get(style) ?? load<IconSet>(`@iconify-json/${style}/icons.json`);
  sets.set(style, set);
  return set;
}

/**
 * Prompts whose drawing one vendor repeats, to the byte, under a prompt that stays: flat's black medium square (whose SVG is
 * written otherwise, so only the rendered bytes tell), high-contrast's optical disk and small orange diamond. The server
 * keeps one image once, so 500 proxy images would be 499.
 */
const TWINS = new Set(["white-square-button", "dvd", "small-blue-diamond"]);
const SKIN_TONE = /(light|medium|dark)-skin-tone/;
const slugOf = (name: string) =>
  name
    .toLowerCase()
    .replaceAll("&", "and")
    .replaceAll(/['’.:]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-");

/** Prompts that all seven vendors draw under one slug, in the order of Unicode; skin tones and twins left out. */
export function commonPrompts(): EmojiPrompt[] {
  const names = load<Record<string, { name: string; group: string }>>("unicode-emoji-json/data-by-emoji.json");
  const keywords = load<Record<string, string[]>>("emojilib/dist/emoji-en-US.json");
  const seen = new Set<string>();
  const prompts: EmojiPrompt[] = [];
  for (const [emoji, { name, group }] of Object.entries(names)) {
    const slug = slugOf(name);
    if (
      seen.has(slug) ||
      TWINS.has(slug) ||
      SKIN_TONE.test(slug) ||
      !STYLES.every((style) => slug in iconSet(style).icons)
    )
      continue;
    seen.add(slug);
    prompts.push({
      slug,
      text: name,
      group,
      keywords: (keywords[emoji] ?? []).slice(1, 6).map((word) => word.replaceAll("_", " ")),
    });
  }
  return prompts;
}

/** A drawing as PNG, `size` pixels square, on white: transparency would tell the styles apart without looking. */
export function renderEmoji(style: Style, slug: string, size: number): Promise<Buffer> {
  const set = iconSet(style);
  const icon = set.icons[slug];
  if (!icon) throw new RangeError(`${style} has no drawing of ${slug}`);
  const [width, height] = [icon.width ?? set.width ?? 16, icon.height ?? set.height ?? 16];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${size}" height="${size}" viewBox="0 0 ${width} ${height}" color="#222">${icon.body}</svg>`;
  return sharp(Buffer.from(svg), { density: 72 })
    .resize(size, size, { fit: "contain", background: "#fff" })
    .flatten({ background: "#fff" })
    .png({ compressionLevel: 6 })
    .toBuffer();
}
