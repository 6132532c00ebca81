import { ENCODER_IDS, type EncoderId } from "../../../shared/encoders.ts";
import { UserError } from "../../../shared/user-error.ts";
import type { Provider } from "../onnx/session.ts";
import { type ClipSource, clipSource, loadClip } from "./clip.ts";
import { loadMobilenet } from "./mobilenet.ts";
import type { Preprocessing } from "./preprocessing.ts";

/** What identifies an encoder and its features; recorded with every feature matrix and reward model. */
export interface EncoderCard {
  readonly id: EncoderId;
  /** changes whenever the features of the same image change */
  readonly version: string;
  /** of the model file, hex */
  readonly sha256: string;
  /** SPDX identifier of the weights' licence, or "unknown" for a file of the user's */
  readonly licence: string;
  /** D: length of each of the two vectors */
  readonly width: number;
  readonly preprocessing: Preprocessing;
}

export interface EncodingFailure {
  /** position in the images given */
  readonly index: number;
  readonly reason: string;
}

export interface Encoding {
  /** [n, 2D] row-major: first vector, then second; a row per image given. The rows of failures are NaN. */
  readonly features: Float32Array;
  readonly failures: readonly EncodingFailure[];
}

/**
 * Maps an image to two vectors of D numbers, which the reward prediction layer concatenates (paper, section 3.2 and table 6).
 * The same file gives the same bytes on the same machine, whatever else is in the batch.
 */
export interface Encoder extends EncoderCard {
  /** Calls of `encode` worth having under way at a time. */
  readonly depth: number;
  /** Image files (PNG, JPEG, WebP, ...) in, features out. A broken image is a failure of its own and of nothing else. */
  encode(images: readonly Uint8Array[]): Promise<Encoding>;
  /** The network as an ONNX file: one input, the tensor that `preprocessing` describes; outputs `first` and `second` [N, D]. */
  imageModel(): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** Loads an encoder into this process. Throws a UserError for an unknown id or a model file that can't be had. */
export async function loadEncoder(
  id: string,
  { clip, provider = "cpu" }: { clip?: Partial<ClipSource>; provider?: Provider } = {},
): Promise<Encoder> {
  if (id === "mobilenet-v2-mid") return loadMobilenet(provider);
  if (id === "clip-vit-b32") return loadClip({ ...clipSource(), ...clip }, provider);
  throw new UserError("BAD_INPUT", `There is no encoder "${id}"; there are ${ENCODER_IDS.join(" and ")}.`, "encoder");
}

export { type EncodeAllOptions, type EncodedSet, encodeAll, type ImageSource } from "./encode-all.ts";
