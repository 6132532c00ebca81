import type { PromptTokenizer } from "../../scorers/prompt-tokens.ts";
import { loadClipTokenizer } from "./clip-tokenizer.ts";
import { folderError } from "./config-file.ts";
import { type PipelineFolder, textEncoderNames } from "./pipeline-folder.ts";
import { SubModel, type SubModelOptions } from "./sub-model.ts";

/** What the UNet is told of a prompt. */
export interface Condition {
  /** [tokens, width] row-major */
  readonly hidden: Float32Array;
  readonly tokens: number;
  /** SDXL: the projected end of text, [width]; else null */
  readonly pooled: Float32Array | null;
}

interface TextEncoder {
  readonly tokenizer: PromptTokenizer;
  readonly model: SubModel;
  /** output that is read for every token */
  readonly hidden: string;
}

const IDS = "input_ids";
const POOLED = "text_embeds";

/**
 * CLIP's text encoders. Stable Diffusion reads the last layer after its norm; SDXL the last layer but one of each of its two
 * encoders, side by side, and the second one's projected end of text.
 */
export class TextEncoders {
  private constructor(
    private readonly pipeline: PipelineFolder,
    private readonly encoders: readonly TextEncoder[],
  ) {}

  /** @throws UserError BAD_INPUT naming what is wrong with the folder */
  static async open(pipeline: PipelineFolder, options: SubModelOptions): Promise<TextEncoders> {
    const { folder, kind, textLayers } = pipeline;
    const isXl = kind === "stable-diffusion-xl";
    const encoders: TextEncoder[] = [];
    const opened = new TextEncoders(pipeline, encoders);
    try {
      for (const [i, name] of textEncoderNames(kind).entries()) {
        const tokenizer = await loadClipTokenizer(folder, name.replace("text_encoder", "tokenizer"));
        const model = await SubModel.open(folder, name, options);
        // hidden_states.0 is what goes into the first layer
        const hidden = isXl ? `hidden_states.${(textLayers[i] ?? 0) - 1}` : "last_hidden_state";
        encoders.push({ tokenizer, model, hidden });
        model.expectInputs([IDS]);
        model.expectOutput(hidden);
      }
      if (isXl) encoders.at(-1)?.model.expectOutput(POOLED);
    } catch (error) {
      await opened.dispose();
      throw error;
    }
    return opened;
  }

  async encode(prompt: string): Promise<Condition> {
    const parts: Float32Array[] = [];
    let tokens = 0;
    let pooled: Float32Array | null = null;
    for (const { tokenizer, model, hidden } of this.encoders) {
      const { ids } = tokenizer.encode(prompt);
      if (tokens > 0 && ids.length !== tokens)
        throw folderError(this.pipeline.folder, "model_max_length of tokenizer and tokenizer_2 must be the same.");
      tokens = ids.length;
      const outputs = await model.run({ [IDS]: { dtype: "int64", shape: [1, tokens], data: ids } });
      parts.push(model.numbers(outputs, hidden));
      if (model.outputNames.includes(POOLED)) pooled = model.numbers(outputs, POOLED);
    }
    return { hidden: sideBySide(parts, tokens), tokens, pooled };
  }

  /** Of no prompt: what guidance leads away from. */
  async unconditional(): Promise<Condition> {
    const { hidden, tokens, pooled } = await this.encode("");
    if (!this.pipeline.zeroUnconditional) return { hidden, tokens, pooled };
    return { hidden: new Float32Array(hidden.length), tokens, pooled: pooled && new Float32Array(pooled.length) };
  }

  async dispose(): Promise<void> {
    for (const { model } of this.encoders) await model.dispose();
  }
}

/** Matrices with the same number of rows -> one whose rows are theirs, joined. */
function sideBySide(parts: readonly Float32Array[], rows: number): Float32Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const widths = parts.map(({ length }) => length / rows);
  const width = widths.reduce((sum, w) => sum + w, 0);
  const joined = new Float32Array(rows * width);
  let left = 0;
  for (const [i, part] of parts.entries()) {
    const w = widths[i] ?? 0;
    for (let row = 0; row < rows; row++) joined.set(part.subarray(row * w, (row + 1) * w), row * width + left);
    left += w;
  }
  return joined;
}
