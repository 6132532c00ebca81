import { readFileSync } from "node:fs";
import { BASE_WEIGHTS } from "../../server/ml/policies/base-weights.ts";
import { pretrainingPrompts } from "../pretrain/prompts.ts";
import { type Picture, PREFERRED, shuffled } from "./dataset.ts";
import { type EmojiPrompt, renderEmoji } from "./emoji.ts";

/** How large the miniature is. */
export interface MiniatureSize {
  /** prompts that reward models and policies are trained on */
  trainPrompts: number;
  /** prompts that rounds are measured on */
  evalPrompts: number;
  /** preferred drawings */
  proxyCount: number;
}

/** The paper in miniature: a generator of all styles, and drawings in one of them of things that it never saw. */
export interface Miniature {
  /** Weights of the embedded generator. */
  weights: Uint8Array<ArrayBuffer>;
  /** Tagged "train" or "eval". */
  prompts: { text: string; tags: string[] }[];
  proxy: (Picture & { prompt: string })[];
}

/** The generator's own: sharper images would be as far from its outputs by their sharpness alone as any style is. */
const PROXY_SIZE = 32;

/**
 * Prompts are things that the embedded generator was pretrained to draw, in five styles alike; proxy images are the preferred
 * style's drawings of other things, which it saw in no style. Which prompts are held out depends on the seed and their names.
 * @throws RangeError when there are too few
 */
export function buildMiniature({ trainPrompts, evalPrompts, proxyCount }: MiniatureSize, seed = 0): Miniature {
  const { trained, proxy } = pretrainingPrompts();
  const keyOf = ({ slug }: EmojiPrompt) => slug;
  const asked = shuffled(trained, seed, keyOf).slice(0, trainPrompts + evalPrompts);
  const shown = shuffled(proxy, seed, keyOf).slice(0, proxyCount);
  if (asked.length < trainPrompts + evalPrompts || shown.length < proxyCount)
    throw new RangeError(`There are ${trained.length} prompts and ${proxy.length} proxy drawings.`);
  return {
    weights: new Uint8Array(readFileSync(BASE_WEIGHTS)),
    prompts: asked.map(({ text }, i) => ({ text, tags: [i < trainPrompts ? "train" : "eval"] })),
    proxy: shown.map(({ slug, text }) => ({
      fileName: `${slug}.png`,
      prompt: text,
      render: () => renderEmoji(PREFERRED, slug, PROXY_SIZE),
    })),
  };
}
