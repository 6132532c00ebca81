import { readFile } from "node:fs/promises";
import { Tokenizer } from "@huggingface/tokenizers";
import { UserError } from "../../../shared/user-error.ts";
import type { TextSpec } from "./card.ts";
import type { TokenRow } from "./scorer-lane.ts";

/** How a prompt becomes a row of ids. */
type RowSpec = Pick<TextSpec, "maxLength" | "padId" | "prefix">;

/** Turns prompts into the ids that a text model reads, by a tokenizer.json of Hugging Face's. */
export class PromptTokenizer {
  private constructor(
    private readonly tokenizer: Tokenizer,
    private readonly spec: RowSpec,
  ) {}

  /** Of the content of a tokenizer.json. Throws where it is none. */
  static of(json: object, spec: RowSpec): PromptTokenizer {
    const tokenizer = new Tokenizer(json, {});
    tokenizer.encode("a");
    return new PromptTokenizer(tokenizer, spec);
  }

  /** @throws UserError BAD_INPUT where the file is no tokenizer.json */
  static async load(path: string, spec: TextSpec): Promise<PromptTokenizer> {
    try {
      return PromptTokenizer.of(JSON.parse(await readFile(path, { encoding: "utf8" })), spec);
    } catch (error) {
      throw new UserError("BAD_INPUT", `"${path}" is no tokenizer.json: ${(error as Error).message}.`, "scorer");
    }
  }

  /**
   * The prompt's ids with the special ones. Where there are more than `maxLength`, what is over goes, the last one (end of
   * text, separator) stays; where there are fewer, `padId` fills up, with 0 in the mask.
   */
  encode(prompt: string): TokenRow {
    const { maxLength, padId, prefix } = this.spec;
    const { ids } = this.tokenizer.encode(prefix + prompt);
    const kept = ids.length > maxLength ? [...ids.slice(0, maxLength - 1), ids.at(-1) ?? padId] : ids;
    const row = { ids: new BigInt64Array(maxLength).fill(BigInt(padId)), mask: new BigInt64Array(maxLength) };
    for (const [i, id] of kept.entries()) {
      row.ids[i] = BigInt(id);
      row.mask[i] = 1n;
    }
    return row;
  }
}
