import type { RgbImage } from "../policy.ts";
import { folderError } from "./config-file.ts";
import type { PipelineFolder } from "./pipeline-folder.ts";
import { roundHalfEven } from "./schedulers/noise-schedule.ts";
import { SubModel, type SubModelOptions } from "./sub-model.ts";

/** The VAE's decoder, an image at a time: at 1024 pixels its inner values take gigabytes. */
export class VaeDecoder {
  private constructor(
    private readonly pipeline: PipelineFolder,
    private readonly model: SubModel,
  ) {}

  /** @throws UserError BAD_INPUT naming what is wrong with the folder */
  static async open(pipeline: PipelineFolder, options: SubModelOptions): Promise<VaeDecoder> {
    const model = await SubModel.open(pipeline.folder, "vae_decoder", options);
    try {
      model.expectInputs([LATENTS]);
      return new VaeDecoder(pipeline, model);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  /** @param latents [channels, size, size], of one image */
  async decode(latents: Float32Array): Promise<RgbImage> {
    const { latents: shape, scalingFactor, imageSize } = this.pipeline;
    const data = latents.map((x) => x / scalingFactor);
    const outputs = await this.model.run({
      [LATENTS]: { dtype: "float32", shape: [1, shape.channels, shape.size, shape.size], data },
    });
    const planes = this.model.numbers(outputs, this.model.outputNames[0] ?? "");
    const area = imageSize ** 2;
    if (planes.length !== 3 * area)
      throw folderError(
        this.model.file,
        `it gives ${planes.length} numbers an image; 3 x ${imageSize} x ${imageSize} are wanted.`,
      );
    const pixels = new Uint8Array(3 * area);
    for (let channel = 0; channel < 3; channel++)
      for (let i = 0; i < area; i++) pixels[3 * i + channel] = byteOf(planes[channel * area + i] ?? 0);
    return { size: imageSize, pixels };
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }
}

const LATENTS = "latent_sample";

/** -1..1 -> 0..255, what is over is cut */
const byteOf = (x: number): number => roundHalfEven(Math.fround(255 * Math.min(Math.max(x / 2 + 0.5, 0), 1)));
