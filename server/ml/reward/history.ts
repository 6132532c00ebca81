import type { SafetensorsTensor } from "../safetensors.ts";
import type { RewardWeights } from "./rpl.ts";
import { floatTensors } from "./weights-file.ts";

type Curve = { step: number; loss: number }[];

/** What a training run has seen so far, storable in a checkpoint. */
export class History {
  readonly losses: Curve = [];
  readonly heldOut: Curve = [];
  /** weights of the lowest held-out loss, kept only with early stopping */
  best: { step: number; loss: number; weights: RewardWeights } | null = null;

  toTensors(): Map<string, SafetensorsTensor> {
    const tensors = new Map<string, SafetensorsTensor>([
      ["losses", curveTensor(this.losses)],
      ["heldOut", curveTensor(this.heldOut)],
    ]);
    if (this.best) {
      tensors.set("best", curveTensor([this.best]));
      for (const [name, tensor] of this.best.weights) tensors.set(BEST + name, tensor);
    }
    return tensors;
  }

  restore(tensors: ReadonlyMap<string, SafetensorsTensor>): void {
    this.losses.push(...readCurve(tensors.get("losses")));
    this.heldOut.push(...readCurve(tensors.get("heldOut")));
    const [best] = readCurve(tensors.get("best"));
    if (!best) return;
    const weights = [...floatTensors(tensors)].filter(([name]) => name.startsWith(BEST));
    this.best = { ...best, weights: new Map(weights.map(([name, tensor]) => [name.slice(BEST.length), tensor])) };
  }
}

const BEST = "best.";

/** [n, 2]: step, loss */
function curveTensor(curve: Curve): SafetensorsTensor {
  return { shape: [curve.length, 2], data: Float64Array.from(curve.flatMap(({ step, loss }) => [step, loss])) };
}

function readCurve(tensor: SafetensorsTensor | undefined): Curve {
  const numbers = Array.from(tensor?.data ?? [], Number);
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    step: numbers[2 * i] ?? 0,
    loss: numbers[2 * i + 1] ?? 0,
  }));
}
