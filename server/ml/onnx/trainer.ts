import type { AdamWOptions } from "./adamw.ts";
import { CpuTrainer } from "./cpu-trainer.ts";
import { LoopTrainer, WebGpuTrainer } from "./gpu-trainer.ts";
import type { TensorData, Value } from "./graph.ts";
import type { GraphBuilder } from "./operators.ts";
import type { Provider } from "./session.ts";
import type { Shape } from "./shape.ts";

/** What is trained. The same definition runs on every driver. */
export interface TrainingProgram {
  readonly parameters: readonly ParameterSpec[];
  /** state that the forward pass itself updates, e.g. running statistics */
  readonly buffers: readonly TensorSpec[];
  /** what the host supplies for each step: data, labels, dropout masks */
  readonly batch: readonly BatchSpec[];
  /** Emits the forward pass. `values` holds parameters, buffers and batch by name; `buffers` their next values. */
  build(g: GraphBuilder, values: (name: string) => Value): { loss: Value; buffers: Readonly<Record<string, Value>> };
}

export interface TensorSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Float32Array;
}

export interface ParameterSpec extends TensorSpec {
  /** false: exempt from weight decay (default true, as torch.optim.AdamW) */
  readonly decayed?: boolean;
}

export interface BatchSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: "float32" | "int64";
}

export type Batch = Readonly<Record<string, TensorData>>;

/** Everything a run needs to go on bit for bit: parameters, their averages if kept, buffers, both moments, the steps done. */
export interface TrainingState {
  readonly step: number;
  readonly tensors: ReadonlyMap<string, { shape: Shape; data: Float32Array }>;
}

export interface Trainer {
  /** optimiser steps done */
  readonly step: number;
  /** One step for each batch; the losses before each step. Stop between calls: keep each to about a second. */
  run(batches: readonly Batch[]): Promise<number[]>;
  /**
   * `moments: false` may leave out the optimiser's, two thirds of it, which are no use but to go on;
   * `parameters: false` also the parameters and their averages: what is left are the buffers.
   */
  readState(what?: { moments?: boolean; parameters?: boolean }): Promise<TrainingState>;
  /** Throws where a tensor is missing or of another shape. */
  writeState(state: TrainingState): void;
  dispose(): Promise<void>;
}

export type TrainingDriver = "wasm" | "loop" | "device";

export interface TrainerOptions {
  readonly optimiser: AdamWOptions;
  /** default "cpu" */
  readonly provider?: Provider;
  /** default: the fastest for the provider: cpu "wasm", cuda "loop", webgpu "device" */
  readonly driver?: TrainingDriver;
  /** Part of what fixes the bytes of the result; default 2 */
  readonly threads?: number;
  /** see SessionOptions; of the CPU driver */
  readonly spin?: boolean;
}

const FASTEST: Record<Provider, TrainingDriver> = { cpu: "wasm", cuda: "loop", webgpu: "device" };

export async function createTrainer(program: TrainingProgram, options: TrainerOptions): Promise<Trainer> {
  const driver = options.driver ?? FASTEST[options.provider ?? "cpu"];
  if (driver === "wasm") return CpuTrainer.create(program, options);
  return driver === "loop" ? new LoopTrainer(program, options) : WebGpuTrainer.create(program, options);
}
