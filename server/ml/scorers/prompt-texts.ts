import type { PromptTokenizer } from "./prompt-tokens.ts";
import type { TokenRow } from "./scorer-lane.ts";

/** What a text model gives for prompts, computed once for each distinct one. */
export class PromptTexts {
  private readonly known = new Map<string, Promise<Float32Array>>();

  constructor(
    private readonly tokenizer: Pick<PromptTokenizer, "encode">,
    private readonly embed: (rows: readonly TokenRow[]) => Promise<readonly Float32Array[]>,
  ) {}

  /** By prompt; what is new is computed in one request. */
  async of(prompts: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> {
    const fresh = [...new Set(prompts)].filter((prompt) => !this.known.has(prompt));
    if (fresh.length > 0) {
      const rows = this.embed(fresh.map((prompt) => this.tokenizer.encode(prompt)));
      for (const [i, prompt] of fresh.entries()) {
        const row = rows.then((all) => all[i] ?? new Float32Array());
        row.catch(() => undefined); // heard where it is awaited
        this.known.set(prompt, row);
      }
    }
    const embedded = new Map<string, Float32Array>();
    for (const prompt of prompts) embedded.set(prompt, (await this.known.get(prompt)) ?? new Float32Array());
    return embedded;
  }
}
