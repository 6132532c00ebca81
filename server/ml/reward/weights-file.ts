import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "../safetensors.ts";
import { type RewardWeights, widthOf } from "./rpl.ts";

/**
 * A reward model as a safetensors file: the whole state_dict of this PyTorch module, which `load_state_dict(strict=True)`
 * takes. `steps` optimiser steps are what BatchNorm1d counts as num_batches_tracked.
 *
 *     class RPL(nn.Module):
 *         def __init__(self, w):
 *             super().__init__()
 *             self.input = nn.Module()
 *             self.input.register_buffer("mean", torch.zeros(w))
 *             self.input.register_buffer("scale", torch.ones(w))
 *             self.linear1, self.norm1 = nn.Linear(w, 3 * w // 2), nn.BatchNorm1d(3 * w // 2)
 *             self.linear2, self.norm2 = nn.Linear(3 * w // 2, w), nn.BatchNorm1d(w)
 *             self.output = nn.Linear(w, 2)
 *
 *         def forward(self, x):  # logits [n, 2]; the score is sigmoid(logits[:, 1])
 *             x = (x - self.input.mean) * self.input.scale
 *             h = F.dropout(self.norm1(F.relu(self.linear1(x))), 0.2, self.training)
 *             return self.output(x + self.norm2(F.relu(self.linear2(h))))
 */
export function writeRewardWeights(weights: RewardWeights, steps: number): Uint8Array {
  const tensors = new Map<string, SafetensorsTensor>(weights);
  for (const norm of ["norm1", "norm2"]) {
    tensors.set(`${norm}.num_batches_tracked`, { shape: [], data: BigInt64Array.of(BigInt(steps)) });
  }
  return encodeSafetensors({ tensors, metadata: { format: "pt" } });
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
