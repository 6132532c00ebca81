import { WORD_NUMBERS, wordVector } from "./word-vectors.ts";

/**
 * A prompt as numbers, without a learned vocabulary. GloVe directions (the mean of the words, and the first, second and last
 * of them) carry meaning to prompts never seen; a signed hash of words, pairs of words and letter triples tells prompts
 * apart that mean nearly the same. The hash alone memorises but does not generalise.
 */
const HASHED = 256;
const SLOTS = 4;
export const PROMPT_FEATURES = SLOTS * WORD_NUMBERS + HASHED;
/** Where the hashed part begins: pretraining leaves it out now and then. */
export const HASH_START = SLOTS * WORD_NUMBERS;

/** Lengths of the parts: of about 1 a number. */
const WORD_LENGTH = 8;
const HASH_LENGTH = 12;
const TRIPLE_WEIGHT = 0.3;
/** Words that say nothing of what is drawn. */
const SILENT = new Set(["a", "an", "and", "for", "in", "of", "on", "s", "the", "to", "with"]);

/** Lower-case words of letters and digits. */
export function wordsOf(prompt: string): string[] {
  const plain = prompt.normalize("NFKD").replace(/\p{Mark}/gu, "");
  return plain.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** [PROMPT_FEATURES]; all zero without a word. The same text gives the same numbers everywhere. */
export function promptFeatures(prompt: string): Float32Array {
  const words = wordsOf(prompt);
  const telling = words.filter((word) => !SILENT.has(word));
  const used = telling.length > 0 ? telling : words;
  const features = new Float32Array(PROMPT_FEATURES);
  const vectors = used.map((word) => wordVector(word) ?? new Float32Array(WORD_NUMBERS));
  const mean = new Float32Array(WORD_NUMBERS);
  for (const vector of vectors) for (const [i, x] of vector.entries()) mean[i] = (mean[i] ?? 0) + x;
  for (const [slot, vector] of [mean, vectors[0], vectors[1], vectors.at(-1)].entries()) {
    if (vector) features.set(scaled(vector, WORD_LENGTH), slot * WORD_NUMBERS);
  }
  features.set(scaled(hashed(words), HASH_LENGTH), HASH_START);
  return features;
}

function hashed(words: readonly string[]): Float32Array {
  const bins = new Float32Array(HASHED);
  const count = (feature: string, weight: number) => {
    const hash = fnv1a(feature);
    const bin = hash % HASHED;
    bins[bin] = (bins[bin] ?? 0) + (hash & 0x8000_0000 ? weight : -weight);
  };
  for (const [i, word] of words.entries()) {
    count(`word ${word}`, 1);
    const next = words[i + 1];
    if (next) count(`pair ${word} ${next}`, 1);
    const letters = `^${word}$`;
    for (let k = 0; k + 3 <= letters.length; k++) count(`letters ${letters.slice(k, k + 3)}`, TRIPLE_WEIGHT);
  }
  return bins;
}

function scaled(vector: Float32Array, length: number): Float32Array {
  const own = Math.hypot(...vector);
  return own === 0 ? vector : vector.map((x) => (x * length) / own);
}

/** 32-bit FNV-1a over UTF-16 units, with a final mix so that low and high bits are both usable. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
