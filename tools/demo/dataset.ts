import { createHash } from "node:crypto";
import { commonPrompts, type EmojiPrompt, renderEmoji, STYLES, type Style } from "./emoji.ts";
import { familiesOf } from "./families.ts";

/**
 * What the demo's lab wants: Microsoft's flat emoji. MIT, so weights trained on them carry no share-alike question, and not
 * as easy to tell as the black-and-white high-contrast set: both its colours and its shapes are close to the other vendors'.
 */
export const PREFERRED: Style = "fluent-emoji-flat";
const SIZE = 128;

export interface DatasetOptions {
  seed?: number;
  proxyCount?: number;
  trainPrompts?: number;
  evalPrompts?: number;
  /** Drawings of each prompt, 2 to 7: one by each of so many vendors. */
  k?: number;
  /**
   * Whose drawings the candidates of train prompts are: the other six vendors', or those of all seven, as a generator's raw
   * outputs are of every quality. Eval prompts always show the preferred vendor's among the others'.
   */
  trainOn?: "OTHER_VENDORS" | "ALL_VENDORS";
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
export function shuffled<T>(items: readonly T[], seed: number, keyOf: (item: T) => string): T[] {
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
 * Deals whole families into parts of the given sizes, the largest first, each into the part with the most room left; the
 * order among families of one size depends on the seed. What fits nowhere is left out.
 * @throws RangeError when a part can't be filled
 */
function dealFamilies(prompts: EmojiPrompt[], sizes: number[], seed: number): EmojiPrompt[][] {
  const parts: EmojiPrompt[][] = sizes.map(() => []);
  const room = (part: number) => (sizes[part] ?? 0) - (parts[part]?.length ?? 0);
  const families = shuffled(familiesOf(prompts), seed, (family) => `family/${family[0]?.slug}`);
  for (const family of families.sort((a, b) => b.length - a.length)) {
    const roomiest = sizes.reduce((best, _, part) => (room(part) > room(best) ? part : best), 0);
    if (family.length <= room(roomiest)) parts[roomiest]?.push(...family);
  }
  if (parts.some((_, part) => room(part) > 0))
    throw new RangeError(`${sizes.join(" + ")} prompts are wanted, the vendors have ${prompts.length} in common`);
  return parts.map((part) => shuffled(part, seed, (prompt) => prompt.slug));
}

/**
 * A miniature of the paper on emoji. Proxy images, train prompts and eval prompts come from different families of drawings,
 * so that nothing like an eval prompt's drawings was trained on. The policy of round 1 is "the other six vendors": on train
 * prompts its K raw outputs are all theirs, and some of them are the reward model's negatives. The paper's negatives are the
 * generator's outputs, which may be good ones; here none is of the preferred style, so no label is wrong. On eval prompts
 * one of the K is the preferred vendor's drawing; the reward model must find it. The order of the K is shuffled, so k tells
 * nothing; `label` is for evaluation alone.
 *
 * What the numbers then mean: best-of-K compares drawings of one prompt, of families never seen. Held-out AUC compares
 * proxy images with drawings of train prompts, each held out from training but with relatives of its family in it, and the
 * two sides differ in what they show as well as in style: it is the easier number.
 */
export function buildEmojiDataset(options: DatasetOptions = {}): EmojiDataset {
  const { seed = 0, proxyCount = 500, trainPrompts = 250, evalPrompts = 250, k = 4 } = options;
  const noisy = options.trainOn === "ALL_VENDORS";
  const [proxy = [], train = [], judged = []] = dealFamilies(
    commonPrompts(),
    [proxyCount, trainPrompts, evalPrompts],
    seed,
  );
  const others = STYLES.filter((style) => style !== PREFERRED);
  const picture = (style: Style, slug: string): Picture => ({
    fileName: `${slug}.png`,
    render: () => renderEmoji(style, slug, SIZE),
  });
  const candidates = [...train, ...judged];
  const samples = candidates.flatMap((prompt, promptPosition) => {
    const rivals = shuffled(others, seed, (style) => `${prompt.slug}/${style}`);
    const clean = promptPosition < trainPrompts && !noisy;
    const drawn: Style[] = clean ? rivals.slice(0, k) : [PREFERRED, ...rivals.slice(0, k - 1)];
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
    proxy: proxy.map((prompt) => picture(PREFERRED, prompt.slug)),
    samples,
  };
}
