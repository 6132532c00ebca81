import { createHash } from "node:crypto";
import { commonPrompts, renderEmoji, STYLES, type Style } from "./emoji.ts";

/**
 * What the demo's lab wants: Microsoft's flat emoji. MIT, so weights trained on them carry no share-alike question, and not
 * as easy to tell as the black-and-white high-contrast set: both its colours and its shapes are close to the other vendors'.
 */
const PREFERRED: Style = "fluent-emoji-flat";
const SIZE = 128;

export interface DatasetOptions {
  seed?: number;
  proxyCount?: number;
  trainPrompts?: number;
  evalPrompts?: number;
  k?: number;
}

export interface Picture {
  fileName: string;
  render(): Promise<Buffer>;
}

export interface EmojiDataset {
  preferredStyle: Style;
  /** In order of position. Tagged "train" (negatives come from these) or "eval" (never trained on). */
  prompts: { text: string; tags: string[] }[];
  proxy: Picture[];
  samples: (Picture & { promptPosition: number; k: number; seed: number; label: Style })[];
}

/** A fixed order that depends on the seed and the words alone. */
function shuffled<T>(items: readonly T[], seed: number, keyOf: (item: T) => string): T[] {
  const place = (item: T) =>
    createHash("sha256")
      .update(`${seed}:${keyOf(item)}`)
      .digest("hex");
  return items
    .map((item) => ({ item, place: place(item) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ item }) => item);
}

/**
 * A miniature of the paper on emoji. Proxy images are drawn for prompts that no candidate has. The policy of round 1 is "the
 * other six vendors": on train prompts its K raw outputs are all theirs, and some of them are the reward model's negatives.
 * On eval prompts one of the K is the preferred vendor's drawing; the reward model must find it for prompts it never saw.
 * The order of the K is shuffled, so k tells nothing; `label` is for evaluation alone.
 */
export function buildEmojiDataset(options: DatasetOptions = {}): EmojiDataset {
  const { seed = 0, proxyCount = 500, trainPrompts = 250, evalPrompts = 250, k = 4 } = options;
  const prompts = shuffled(commonPrompts(), seed, (prompt) => prompt.slug);
  const needed = proxyCount + trainPrompts + evalPrompts;
  if (prompts.length < needed)
    throw new RangeError(`${needed} prompts are wanted, the vendors have ${prompts.length} in common`);
  const others = STYLES.filter((style) => style !== PREFERRED);
  const picture = (style: Style, slug: string): Picture => ({
    fileName: `${slug}.png`,
    render: () => renderEmoji(style, slug, SIZE),
  });
  const candidates = prompts.slice(proxyCount, needed);
  const samples = candidates.flatMap((prompt, promptPosition) => {
    const rivals = shuffled(others, seed, (style) => `${prompt.slug}/${style}`);
    const drawn: Style[] = promptPosition < trainPrompts ? rivals.slice(0, k) : [PREFERRED, ...rivals.slice(0, k - 1)];
    return shuffled(drawn, seed, (style) => `order/${prompt.slug}/${style}`).map((label, place) => ({
      ...picture(label, prompt.slug),
      promptPosition,
      k: place,
      seed: place,
      label,
    }));
  });
  return {
    preferredStyle: PREFERRED,
    prompts: candidates.map((prompt, i) => ({
      text: prompt.text,
      // "train" is a keyword of locomotives, too: as a tag it would make negatives of an eval prompt's candidates.
      tags: [
        i < trainPrompts ? "train" : "eval",
        ...prompt.keywords.filter((word) => word !== "train" && word !== "eval"),
      ],
    })),
    proxy: prompts.slice(0, proxyCount).map((prompt) => picture(PREFERRED, prompt.slug)),
    samples,
  };
}
