import type { SafetensorsTensor } from "../safetensors.ts";
import { curveTensor, readCurve } from "./curve.ts";
import type { RewardWeights } from "./rpl.ts";
import { tensorsUnder } from "./weights-file.ts";

/** The weights of one step. */
export interface Snapshot {
  readonly step: number;
  readonly weights: RewardWeights;
}

/** What a training run has seen so far, storable in a checkpoint. */
export class History {
  readonly losses: { step: number; loss: number }[] = [];
  readonly heldOut: { step: number; loss: number }[] = [];
  /** taken at the planned steps, in order */
  readonly snapshots: Snapshot[] = [];
  /** weights of the lowest held-out loss, kept only with early stopping */
  best: (Snapshot & { readonly loss: number }) | null = null;

  /**
   * The run's snapshots once it has ended. With early stopping the last is that of the lowest held-out loss, since those
   * are the weights such a run is made for, and before it stand the planned ones of earlier steps.
   */
  kept(): Snapshot[] {
    const { best } = this;
    if (!best) return this.snapshots;
    return [...this.snapshots.filter(({ step }) => step < best.step), { step: best.step, weights: best.weights }];
  }

  toTensors(): Map<string, SafetensorsTensor> {
    const tensors = new Map<string, SafetensorsTensor>([
      ["losses", curveTensor(this.losses)],
      ["heldOut", curveTensor(this.heldOut)],
    ]);
    const keep = (prefix: string, weights: RewardWeights) => {
      for (const [name, tensor] of weights) tensors.set(prefix + name, tensor);
    };
    tensors.set("snapshots", {
      shape: [this.snapshots.length],
      data: BigInt64Array.from(this.snapshots, ({ step }) => BigInt(step)),
    });
    for (const [i, { weights }] of this.snapshots.entries()) keep(`snapshot.${i}.`, weights);
    if (this.best) {
      tensors.set("best", curveTensor([this.best]));
      keep("best.", this.best.weights);
    }
    return tensors;
  }

  restore(tensors: ReadonlyMap<string, SafetensorsTensor>): void {
    this.losses.push(...readCurve(tensors.get("losses")));
    this.heldOut.push(...readCurve(tensors.get("heldOut")));
    for (const [i, step] of Array.from(tensors.get("snapshots")?.data ?? [], Number).entries()) {
      this.snapshots.push({ step, weights: tensorsUnder(tensors, `snapshot.${i}.`) });
    }
    const [best] = readCurve(tensors.get("best"));
    if (best) this.best = { ...best, weights: tensorsUnder(tensors, "best.") };
  }
}
