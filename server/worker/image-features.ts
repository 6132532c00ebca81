import type { ApiClient } from "../../shared/api-client.ts";
import type { Encoder } from "../ml/encoders/encoder.ts";
import { takeRows } from "../ml/reward/bootstrapping.ts";
import { featuresOf } from "./features.ts";

/** Features of a set of images in memory, each once, however often it is asked for. */
export class ImageFeatures {
  private constructor(
    /** numbers in a row, 2D */
    readonly width: number,
    private readonly matrix: Float32Array,
    private readonly rowOf: ReadonlyMap<string, number>,
  ) {}

  /** @throws Error naming the first image that the encoder can't read */
  static async load(
    client: ApiClient,
    encoder: Encoder,
    hashes: readonly string[],
    onProgress?: (done: number, of: number) => void,
  ): Promise<ImageFeatures> {
    const images = [...new Set(hashes)];
    const matrix = await featuresOf(client, encoder, images, {
      onProgress: (done) => onProgress?.(done, images.length),
    });
    return new ImageFeatures(2 * encoder.width, matrix, new Map(images.map((hash, i) => [hash, i])));
  }

  /** [n, width] in the order of the hashes. Throws on an image that was not loaded. */
  of(hashes: readonly string[]): Float32Array {
    const rows = hashes.map((hash) => {
      const row = this.rowOf.get(hash);
      if (row === undefined) throw new Error(`The features of image ${hash} are not loaded.`);
      return row;
    });
    return takeRows(this.matrix, this.width, rows);
  }
}
