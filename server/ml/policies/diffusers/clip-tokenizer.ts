import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PromptTokenizer } from "../../scorers/prompt-tokens.ts";
import { folderError, readConfig } from "./config-file.ts";

/** A special token: its text, or an object that has it. */
const token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);
const specialTokens = { bos_token: token.optional(), eos_token: token.optional(), pad_token: token.nullish() };
const tokenizerConfig = z.object({
  ...specialTokens,
  model_max_length: z.int("must be a whole number").min(2).max(100_000),
  added_tokens_decoder: z
    .record(
      z.string(),
      z.object({ content: z.string(), normalized: z.boolean().optional(), special: z.boolean().optional() }),
    )
    .optional(),
});
type TokenizerConfig = z.output<typeof tokenizerConfig>;
const wholeTokenizer = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })),
  model: z.looseObject({ vocab: z.record(z.string(), z.int()) }),
});
type WholeTokenizer = z.output<typeof wholeTokenizer>;

/**
 * CLIP's tokenizer of a pipeline folder: `tokenizer.json`, or `vocab.json` and `merges.txt` as older exports have it. Rows have
 * the length and the padding that tokenizer_config.json says. @throws UserError BAD_INPUT naming file and field
 */
export async function loadClipTokenizer(folder: string, name: string): Promise<PromptTokenizer> {
  const config = await readTokenizerConfig(folder, name);
  const whole = (await exists(join(folder, name, "tokenizer.json")))
    ? await readConfig(folder, `${name}/tokenizer.json`, wholeTokenizer)
    : await fromVocabulary(folder, name, config);
  const configFile = join(folder, name, "tokenizer_config.json");
  const padId = idOf(whole, config.pad_token ?? END);
  if (padId === undefined) throw folderError(configFile, `pad_token ${config.pad_token} is not in the vocabulary.`);
  try {
    return PromptTokenizer.of(whole, { maxLength: config.model_max_length, padId, prefix: "" });
  } catch (error) {
    throw folderError(join(folder, name), `there is no CLIP tokenizer in it: ${(error as Error).message}.`);
  }
}

const START = "<|startoftext|>";
const END = "<|endoftext|>";

async function readTokenizerConfig(folder: string, name: string): Promise<TokenizerConfig> {
  const config = await readConfig(folder, `${name}/tokenizer_config.json`, tokenizerConfig);
  const beside = `${name}/special_tokens_map.json`;
  // files from before transformers 4.34 have no added_tokens_decoder, and then this one is right about the padding (SD 2.1)
  if (config.added_tokens_decoder || !(await exists(join(folder, beside)))) return config;
  return { ...config, ...(await readConfig(folder, beside, z.object(specialTokens))) };
}

const idOf = ({ model, added_tokens }: WholeTokenizer, content: string): number | undefined =>
  added_tokens.find((added) => added.content === content)?.id ?? model.vocab[content];

/** What transformers' CLIPConverter makes of a slow CLIPTokenizer. */
async function fromVocabulary(folder: string, name: string, config: TokenizerConfig): Promise<WholeTokenizer> {
  const vocab = await readConfig(folder, `${name}/vocab.json`, z.record(z.string(), z.int()));
  const mergesFile = join(folder, name, "merges.txt");
  const merges = await readFile(mergesFile, { encoding: "utf8" }).catch(() => {
    throw folderError(mergesFile, "there is no such file.");
  });
  const [start, end] = [config.bos_token ?? START, config.eos_token ?? END];
  const idIn = (content: string): number => {
    const id = vocab[content];
    if (id === undefined) throw folderError(join(folder, name, "vocab.json"), `${content} is missing.`);
    return id;
  };
  const special = [start, end].map((content) => ({ id: idIn(content), content, special: true }));
  // words that were added for a concept (textual inversion)
  const added = Object.entries(config.added_tokens_decoder ?? {}).map(([id, entry]) => ({ ...entry, id: Number(id) }));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    added_tokens: [...special, ...added.filter(({ content }) => content !== start && content !== end)].map((entry) => ({
      ...flags,
      ...entry,
    })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Lowercase" },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: "Removed",
          invert: true,
        },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: [end, idIn(end)],
      cls: [start, idIn(start)],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: null,
    model: {
      type: "BPE",
      unk_token: end,
      continuing_subword_prefix: "",
      end_of_word_suffix: "</w>",
      vocab,
      // the first line is a comment
      merges: merges
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.trim()),
    },
  };
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
