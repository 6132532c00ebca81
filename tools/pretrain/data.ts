import sharp from "sharp";
import { Random } from "../../server/ml/onnx/random.ts";
import type { Batch } from "../../server/ml/onnx/trainer.ts";
import type { FlowArchitecture } from "../../server/ml/policies/flow/architecture.ts";
import { Epochs } from "../../server/ml/policies/flow/epochs.ts";
import { HASH_START, promptFeatures } from "../../server/ml/policies/flow/prompt-features.ts";
import { drawTimes, timeFeatures } from "../../server/ml/policies/flow/time-features.ts";
import { type EmojiPrompt, renderEmoji, type Style } from "../demo/emoji.ts";

/**
 * The mix, without a label of style; the preferred style of the demo is its smallest part. Left out are OpenMoji, whose
 * licence asks to share alike, and the black-and-white set, which nobody would take for a raw output of the same generator.
 */
export const MIX: Partial<Record<Style, number>> = {
  noto: 0.2125,
  "noto-v1": 0.2125,
  twemoji: 0.2125,
  emojione: 0.2125,
  "fluent-emoji-flat": 0.15,
};

/** Share of images trained without a prompt, for classifier-free guidance. */
const WITHOUT_PROMPT = 0.1;
/** Share whose prompt is given by its meaning alone, so that new prompts can be read without the hash. */
const WITHOUT_HASH = 0.15;
/** Share moved by one pixel along each axis. */
const MOVED = 0.5;
export interface PretrainingData {
  readonly prompts: readonly Float32Array[];
  /** prompt x style, in the order of the mix: [s, s, 3] in -1..1 */
  readonly images: readonly (readonly Float32Array[])[];
}

export async function loadPretrainingData(prompts: readonly EmojiPrompt[], size: number): Promise<PretrainingData> {
  const styles = Object.keys(MIX) as Style[];
  const images: Float32Array[][] = [];
  for (const { slug } of prompts) {
    images.push(await Promise.all(styles.map((style) => drawing({ style, slug, size }))));
  }
  return { prompts: prompts.map(({ text }) => promptFeatures(text)), images };
}

async function drawing({ style, slug, size }: { style: Style; slug: string; size: number }): Promise<Float32Array> {
  const pixels = await sharp(await renderEmoji(style, slug, size))
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer();
  return Float32Array.from(pixels, (value) => value / 127.5 - 1);
}

/** Batch `step` of a run: the same for the same seed, whatever was drawn before. */
export function pretrainingBatch(
  data: PretrainingData,
  {
    architecture,
    batch,
    seed,
    step,
    order,
  }: { architecture: FlowArchitecture; batch: number; seed: number; step: number; order: Epochs },
): Batch {
  const { imageSize: size, textFeatures } = architecture;
  const random = new Random(seed, 1, step);
  const image = new Float32Array(batch * size * size * 3);
  const noise = new Float32Array(image.length);
  const text = new Float32Array(batch * textFeatures);
  const time = drawTimes(new Random(seed, 4, step), batch);
  new Random(seed, 2, step).fillNormal(noise);
  for (let i = 0; i < batch; i++) {
    const prompt = order.at(step * batch + i);
    const style = pick(Object.values(MIX), random.uniform());
    const move = () => (random.uniform() < MOVED ? Math.sign(random.uniform() - 0.5) : 0);
    place(image, data.images[prompt]?.[style] ?? new Float32Array(), { i, size, right: move(), down: move() });
    const features = data.prompts[prompt] ?? new Float32Array();
    const told = random.uniform();
    if (told >= WITHOUT_PROMPT) {
      const length = told < WITHOUT_PROMPT + WITHOUT_HASH ? HASH_START : features.length;
      text.set(features.subarray(0, length), i * textFeatures);
    }
  }
  return {
    image,
    noise,
    time,
    timeFeatures: timeFeatures(time),
    text,
    weight: new Float32Array(batch).fill(1 / batch),
    pairWeight: new Float32Array(batch / 2),
    beta: new Float32Array(batch / 2),
    referenceGap: new Float32Array(batch / 2),
  };
}

function pick(shares: readonly number[], uniform: number): number {
  let rest = uniform;
  for (const [i, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return i;
  }
  return shares.length - 1;
}

/** Copies an image into place i of a batch, moved by a pixel; what it leaves is white. */
function place(
  batch: Float32Array,
  image: Float32Array,
  { i, size, right, down }: { i: number; size: number; right: number; down: number },
): void {
  const start = i * size * size * 3;
  if (right !== 0 || down !== 0) batch.fill(1, start, start + size * size * 3);
  const columns = size - Math.abs(right);
  for (let row = Math.max(0, down); row < size + Math.min(0, down); row++) {
    const from = ((row - down) * size + Math.max(0, -right)) * 3;
    batch.set(image.subarray(from, from + columns * 3), start + (row * size + Math.max(0, right)) * 3);
  }
}
