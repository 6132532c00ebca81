import type { SafetensorsTensor } from "../safetensors.ts";
import type { CurvePoint } from "./fine-tune-options.ts";

/** Named numbers by step, also as tensors of a checkpoint: "curve.NAME" [points, 2]. */
export class Curves {
  private readonly curves = new Map<string, CurvePoint[]>();

  add(name: string, step: number, value: number): void {
    const curve = this.curves.get(name) ?? [];
    curve.push({ step, value });
    this.curves.set(name, curve);
  }

  points(): Record<string, readonly CurvePoint[]> {
    return Object.fromEntries(this.curves);
  }

  toTensors(): Map<string, SafetensorsTensor> {
    return new Map(
      [...this.curves].map(([name, curve]) => [
        PREFIX + name,
        { shape: [curve.length, 2], data: Float64Array.from(curve.flatMap(({ step, value }) => [step, value])) },
      ]),
    );
  }

  restore(tensors: ReadonlyMap<string, SafetensorsTensor>): void {
    for (const [name, { shape, data }] of tensors) {
      if (!name.startsWith(PREFIX)) continue;
      for (let i = 0; i < (shape[0] ?? 0); i++)
        this.add(name.slice(PREFIX.length), Number(data[2 * i]), Number(data[2 * i + 1]));
    }
  }
}

const PREFIX = "curve.";
