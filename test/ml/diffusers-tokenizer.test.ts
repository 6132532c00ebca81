import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadClipTokenizer } from "../../server/ml/policies/diffusers/clip-tokenizer.ts";
import { pipelineReferences, unpackTinyPipeline } from "../support/tiny-diffusers.ts";

const { tokens } = (await pipelineReferences()).sdxl;
let folder = "";
beforeEach(async () => {
  folder = await unpackTinyPipeline("sdxl");
});
afterEach(() => rm(folder, { recursive: true }));

const changeConfig = async (change: object) => {
  const file = join(folder, "tokenizer_2/tokenizer_config.json");
  const config = JSON.parse(await readFile(file, { encoding: "utf8" }));
  await writeFile(file, JSON.stringify({ ...config, ...change }));
};

test.each(["tokenizer", "tokenizer_2"] as const)("%s: ids are transformers', cut and padded to 77", async (name) => {
  const tokenizer = await loadClipTokenizer(folder, name);
  for (const { prompt, ids } of tokens[name]) expect([...tokenizer.encode(prompt).ids].map(Number)).toEqual(ids);
  // the second one fills up with "!", which is 0
  expect(tokens[name].some(({ ids }) => ids.at(-1) === (name === "tokenizer" ? 524 : 0))).toBe(true);
});

test("a tokenizer.json stands for vocab.json and merges.txt, with the same ids", async () => {
  await rm(join(folder, "tokenizer/vocab.json"));
  await expect(loadClipTokenizer(folder, "tokenizer")).rejects.toThrow("tokenizer/vocab.json");
  await writeFile(join(folder, "tokenizer/tokenizer.json"), JSON.stringify(tokens.whole));
  const tokenizer = await loadClipTokenizer(folder, "tokenizer");
  for (const { prompt, ids } of tokens.tokenizer) expect([...tokenizer.encode(prompt).ids].map(Number)).toEqual(ids);
});

test("in older files special_tokens_map.json is right about the padding", async () => {
  await changeConfig({ added_tokens_decoder: undefined, pad_token: "<|endoftext|>" });
  expect((await loadClipTokenizer(folder, "tokenizer_2")).encode("a dog").ids.at(-1)).toBe(0n);
});

test("a word that was added for a concept keeps its id", async () => {
  const added_tokens_decoder = { 525: { content: "<my-cat>", normalized: true, special: false } };
  await changeConfig({ added_tokens_decoder, pad_token: "!" });
  const { ids } = (await loadClipTokenizer(folder, "tokenizer_2")).encode("a <my-cat> photo");
  expect([...ids].map(Number).slice(0, 6)).toEqual([523, 320, 525, 515, 524, 0]);
});

test("what is wrong is named by file and field", async () => {
  await changeConfig({ pad_token: "<pad>" });
  await expect(loadClipTokenizer(folder, "tokenizer_2")).rejects.toThrow(
    /tokenizer_config\.json": pad_token <pad> is not/,
  );
  // what tokenizers say that have no limit
  await changeConfig({ pad_token: "!", model_max_length: 1e30 });
  await expect(loadClipTokenizer(folder, "tokenizer_2")).rejects.toThrow(/tokenizer_config\.json": model_max_length/);
  await changeConfig({ model_max_length: 77 });
  await rm(join(folder, "tokenizer_2/merges.txt"));
  await expect(loadClipTokenizer(folder, "tokenizer_2")).rejects.toThrow(/merges\.txt": there is no such file/);
  await writeFile(join(folder, "tokenizer_2/vocab.json"), "{");
  await expect(loadClipTokenizer(folder, "tokenizer_2")).rejects.toThrow(/vocab\.json": it is not JSON/);
});
