import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "../safetensors.ts";
import { type RewardWeights, widthOf } from "./rpl.ts";

/** A reward model as a safetensors file, loadable in PyTorch (`num_batches_tracked` is not kept). */
export function writeRewardWeights(
  weights: RewardWeights,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return encodeSafetensors({ tensors: weights, metadata: { format: "pt", ...metadata } });
}

/** Throws where a tensor is missing or misshapen. */
export function readRewardWeights(file: Uint8Array): RewardWeights {
  const weights = floatTensors(decodeSafetensors(file).tensors);
  widthOf(weights);
  return weights;
}

/** The float32 tensors of a file. */
export function floatTensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const floats = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of tensors) if (data instanceof Float32Array) floats.set(name, { shape, data });
  return floats;
}
