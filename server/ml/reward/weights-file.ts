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
  return encodeSafetensors({ tensors: stateDict(weights, steps), metadata: { format: "pt" } });
}

/** All tensors of the module's state_dict. */
export function stateDict(weights: RewardWeights, steps: number): Map<string, SafetensorsTensor> {
  const tensors = new Map<string, SafetensorsTensor>(weights);
  for (const norm of ["norm1", "norm2"]) {
    tensors.set(`${norm}.num_batches_tracked`, { shape: [], data: BigInt64Array.of(BigInt(steps)) });
  }
  return tensors;
}

/** Before the names of member i of a file of several state_dicts (run-file.ts). */
export const memberPrefix = (i: number): string => `member.${i}.`;

/**
 * The members of a reward model's file: one state_dict, or the snapshots of a run (run-file.ts). Throws where a tensor is
 * missing or misshapen.
 */
export function readRewardMembers(file: Uint8Array): RewardWeights[] {
  const { tensors } = decodeSafetensors(file);
  const members: RewardWeights[] = [];
  for (let i = 0; [...tensors.keys()].some((name) => name.startsWith(memberPrefix(i))); i++) {
    members.push(tensorsUnder(tensors, memberPrefix(i)));
  }
  if (members.length === 0) members.push(tensorsUnder(tensors, ""));
  members.forEach(widthOf);
  return members;
}

/** The float32 tensors whose names begin with the prefix, named without it. */
export function tensorsUnder(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  prefix: string,
): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const found = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of tensors) {
    if (name.startsWith(prefix) && data instanceof Float32Array) found.set(name.slice(prefix.length), { shape, data });
  }
  return found;
}
