import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "../safetensors.ts";
import { curveTensor, readCurve } from "./curve.ts";
import type { Snapshot } from "./history.ts";
import type { RewardRun } from "./train.ts";
import { memberPrefix, readRewardMembers, stateDict } from "./weights-file.ts";

/**
 * A training run as a safetensors file: a state_dict per snapshot (weights-file.ts) under `member.<i>.`, and both curves. It
 * is also the weights file of a VOTING model. In PyTorch:
 *
 *     tensors = safetensors.torch.load_file("rpl.safetensors")
 *     prefix = f"member.{i}."
 *     RPL(w).load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
 */
export function writeRewardRun({ snapshots, lossCurve, heldOutCurve, stoppedEarly }: RewardRun): Uint8Array {
  const tensors = new Map<string, SafetensorsTensor>([
    ["losses", curveTensor(lossCurve)],
    ["heldOut", curveTensor(heldOutCurve)],
  ]);
  for (const [i, { weights, step }] of snapshots.entries()) {
    for (const [name, tensor] of stateDict(weights, step)) tensors.set(memberPrefix(i) + name, tensor);
  }
  return encodeSafetensors({ tensors, metadata: { format: "pt", stoppedEarly: String(stoppedEarly) } });
}

/** Throws where the file is no run's. */
export function readRewardRun(file: Uint8Array): RewardRun {
  const { tensors, metadata } = decodeSafetensors(file);
  const snapshots = readRewardMembers(file).map((weights, i): Snapshot => {
    const step = tensors.get(`${memberPrefix(i)}norm1.num_batches_tracked`)?.data[0];
    if (step === undefined) throw new Error("The file is no training run: it does not say the steps of its snapshots.");
    return { step: Number(step), weights };
  });
  return {
    snapshots,
    lossCurve: readCurve(tensors.get("losses")),
    heldOutCurve: readCurve(tensors.get("heldOut")),
    stoppedEarly: metadata.stoppedEarly === "true",
  };
}
