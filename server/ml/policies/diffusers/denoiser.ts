import type { TensorValue } from "../../onnx/session.ts";
import type { PipelineFolder } from "./pipeline-folder.ts";
import { SubModel, type SubModelOptions } from "./sub-model.ts";
import type { Condition } from "./text-encoders.ts";

/** The UNet with classifier-free guidance (Ho and Salimans 2022, 2207.12598). */
export class Denoiser {
  private constructor(
    private readonly pipeline: PipelineFolder,
    private readonly model: SubModel,
    private readonly output: string,
  ) {}

  /** @throws UserError BAD_INPUT naming what is wrong with the folder */
  static async open(pipeline: PipelineFolder, options: SubModelOptions): Promise<Denoiser> {
    const model = await SubModel.open(pipeline.folder, "unet", options);
    const added = pipeline.kind === "stable-diffusion-xl" ? ["text_embeds", "time_ids"] : [];
    try {
      model.expectInputs(["sample", "timestep", "encoder_hidden_states", ...added]);
      return new Denoiser(pipeline, model, model.outputNames[0] ?? "");
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  /**
   * What the network says of n noisy latents at a timestep: without + guidance * (with - without) the prompt.
   * @param latents [n, channels, size, size] @param conditions n of them @param unconditional null: no guidance
   */
  async predict(
    latents: Float32Array,
    timestep: number,
    { conditions, unconditional, guidance }: Guided,
  ): Promise<Float32Array> {
    const { channels, size } = this.pipeline.latents;
    // as diffusers has it: without first, then with
    const rows = unconditional ? [...conditions.map(() => unconditional), ...conditions] : conditions;
    const outputs = await this.model.run({
      sample: {
        dtype: "float32",
        shape: [rows.length, channels, size, size],
        data: unconditional ? joined([latents, latents]) : latents,
      },
      timestep: this.timestepTensor(timestep),
      encoder_hidden_states: stacked(rows.map(({ hidden, tokens }) => ({ data: hidden, rows: tokens }))),
      ...this.addedConditions(rows),
    });
    const predicted = this.model.numbers(outputs, this.output);
    if (!unconditional) return predicted;
    const half = predicted.length / 2;
    const without = predicted.subarray(0, half);
    const along = predicted.subarray(half);
    return without.map((x, k) => x + guidance * ((along[k] ?? 0) - x));
  }

  /** A scalar or a vector of one, whole or not, as the export declares it. */
  private timestepTensor(timestep: number): TensorValue {
    const declared = this.model.inputs.find(({ name }) => name === "timestep");
    const shape = declared?.shape.length === 0 ? [] : [1];
    return declared?.dtype.startsWith("int")
      ? { dtype: "int64", shape, data: BigInt64Array.of(BigInt(Math.trunc(timestep))) }
      : { dtype: "float32", shape, data: Float32Array.of(timestep) };
  }

  /** SDXL: the pooled text; original size, upper left corner of the crop and target size, which are all of the whole image. */
  private addedConditions(rows: readonly Condition[]): Record<string, TensorValue> {
    if (this.pipeline.kind !== "stable-diffusion-xl") return {};
    const { imageSize } = this.pipeline;
    const sizes = Float32Array.of(imageSize, imageSize, 0, 0, imageSize, imageSize);
    const pooled = rows.map((row) => row.pooled ?? new Float32Array());
    const matrix = (data: Float32Array): TensorValue => ({
      dtype: "float32",
      shape: [rows.length, data.length / rows.length],
      data,
    });
    return { text_embeds: matrix(joined(pooled)), time_ids: matrix(joined(rows.map(() => sizes))) };
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }
}

/** What the n latents of a run are drawn towards. */
export interface Guided {
  readonly conditions: readonly Condition[];
  readonly unconditional: Condition | null;
  readonly guidance: number;
}

/** Matrices of the same shape -> [n, rows, columns] */
function stacked(matrices: readonly { data: Float32Array; rows: number }[]): TensorValue {
  const data = joined(matrices.map((matrix) => matrix.data));
  const [rows, n] = [matrices[0]?.rows ?? 0, matrices.length];
  return { dtype: "float32", shape: [n, rows, data.length / (n * rows)], data };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
