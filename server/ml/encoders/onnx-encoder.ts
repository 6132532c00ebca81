import type { TensorValue } from "../onnx/session.ts";
import type { Encoder, EncoderCard, Encoding } from "./encoder.ts";
import type { EncoderLanes } from "./encoder-lanes.ts";

/** What a run of the session gives for n images: two row-major [n, D] matrices. */
export interface StatisticPair {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export interface OnnxEncoderParts {
  readonly card: EncoderCard;
  readonly lanes: EncoderLanes;
  /** Takes the two vectors of each image out of the network's outputs. */
  readonly readOutputs: (outputs: Readonly<Record<string, TensorValue>>, images: number) => StatisticPair;
  /** See `Encoder.imageModel`. */
  readonly imageModel: () => Promise<Uint8Array>;
}

/** An encoder whose network is an ONNX file, computed in lanes. */
export class OnnxEncoder implements Encoder {
  readonly id;
  readonly version;
  readonly sha256;
  readonly licence;
  readonly width;
  readonly preprocessing;

  constructor(private readonly parts: OnnxEncoderParts) {
    ({
      id: this.id,
      version: this.version,
      sha256: this.sha256,
      licence: this.licence,
      width: this.width,
      preprocessing: this.preprocessing,
    } = parts.card);
  }

  get depth(): number {
    return this.parts.lanes.depth;
  }

  async encode(images: readonly Uint8Array[]): Promise<Encoding> {
    const { lanes, readOutputs } = this.parts;
    const { width } = this;
    const features = new Float32Array(images.length * 2 * width).fill(Number.NaN);
    const { runs, failures } = await lanes.encode(images);
    for (const { indices, outputs } of runs) {
      const { first, second } = readOutputs(outputs, indices.length);
      for (const [i, row] of indices.entries()) {
        features.set(first.subarray(i * width, (i + 1) * width), row * 2 * width);
        features.set(second.subarray(i * width, (i + 1) * width), (row * 2 + 1) * width);
      }
    }
    return { features, failures };
  }

  imageModel(): Promise<Uint8Array> {
    return this.parts.imageModel();
  }

  async dispose(): Promise<void> {
    await this.parts.lanes.dispose();
  }
}
