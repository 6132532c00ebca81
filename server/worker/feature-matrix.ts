import { createHash } from "node:crypto";
import type { EncoderCard } from "../ml/encoders/encoder.ts";
import { decodeSafetensors, encodeSafetensors } from "../ml/safetensors.ts";

/** Features of some images by one encoder, a row of `width` = 2D numbers for each. */
export interface FeatureMatrix {
  readonly width: number;
  /** [n, width] row-major */
  readonly values: Float32Array;
}

/** SHA-256 over all that fixes the features of an image: equal keys, equal features (on processors of one kind). */
export function encoderKey({ id, version, sha256, preprocessing }: EncoderCard): string {
  return createHash("sha256")
    .update(JSON.stringify([id, version, sha256, preprocessing]))
    .digest("hex");
}

/** A safetensors file with the tensor `features`; its metadata says which encoder and, line by line, which images. */
export function writeFeatureMatrix(
  { width, values }: FeatureMatrix,
  encoder: EncoderCard,
  images: readonly string[],
): Uint8Array {
  const tensors = new Map([["features", { shape: [images.length, width], data: values }]]);
  const metadata = { encoder: `${encoder.id} ${encoder.version}`, encoderKey: encoderKey(encoder) };
  return encodeSafetensors({ tensors, metadata: { ...metadata, images: images.join("\n") } });
}

/** @throws Error when the file has no float32 tensor `features` [n, width] */
export function readFeatureMatrix(file: Uint8Array, width: number): FeatureMatrix {
  const features = decodeSafetensors(file).tensors.get("features");
  if (!(features?.data instanceof Float32Array) || features.shape.length !== 2 || features.shape[1] !== width)
    throw new Error(`The feature matrix holds no float32 rows of width ${width}, but [${features?.shape}].`);
  return { width, values: features.data };
}

/** Row i. @throws RangeError when there is no such row */
export function featureRow({ width, values }: FeatureMatrix, i: number): Float32Array {
  if ((i + 1) * width > values.length) throw new RangeError(`The feature matrix has no row ${i}.`);
  return values.subarray(i * width, (i + 1) * width);
}
