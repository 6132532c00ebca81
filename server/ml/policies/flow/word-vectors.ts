import { readFileSync } from "node:fs";
import { decodeSafetensors } from "../../safetensors.ts";

/** GloVe directions of some 20,000 words, int8 + 128; written by tools/pretrain/bake-word-vectors.ts. */
export const WORDS_FILE = new URL("words.safetensors", import.meta.url);
export const WORD_NUMBERS = 100;

/** Unit vectors of words; undefined where the table does not know one. Read at first use. */
export function wordVector(word: string): Float32Array | undefined {
  table ??= readTable();
  const row = table.rows.get(word);
  if (row === undefined) return undefined;
  const bytes = table.bytes.subarray(row * WORD_NUMBERS, (row + 1) * WORD_NUMBERS);
  const vector = Float32Array.from(bytes, (byte) => byte - 128);
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}

interface WordTable {
  readonly rows: ReadonlyMap<string, number>;
  readonly bytes: Uint8Array;
}

let table: WordTable | undefined;

function readTable(): WordTable {
  const { tensors } = decodeSafetensors(readFileSync(WORDS_FILE));
  const [bytes, words] = [tensors.get("vectors")?.data, tensors.get("words")?.data];
  if (!(bytes instanceof Uint8Array && words instanceof Uint8Array)) throw new Error("words.safetensors is damaged.");
  const rows = new Map(
    new TextDecoder()
      .decode(words)
      .split("\n")
      .map((word, row) => [word, row]),
  );
  return { rows, bytes };
}
