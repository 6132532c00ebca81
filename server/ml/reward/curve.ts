import type { SafetensorsTensor } from "../safetensors.ts";

/** Losses by step, in order. */
export type Curve = readonly { readonly step: number; readonly loss: number }[];

/** [n, 2]: step, loss */
export function curveTensor(curve: Curve): SafetensorsTensor {
  return { shape: [curve.length, 2], data: Float64Array.from(curve.flatMap(({ step, loss }) => [step, loss])) };
}

/** The curve of a tensor; none gives an empty one. */
export function readCurve(tensor: SafetensorsTensor | undefined): { step: number; loss: number }[] {
  const numbers = Array.from(tensor?.data ?? [], Number);
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    step: numbers[2 * i] ?? 0,
    loss: numbers[2 * i + 1] ?? 0,
  }));
}
