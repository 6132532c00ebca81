import { adamwStep, clipFactor } from "./adamw.ts";
import { type OptimiserKernel, type OptimiserViews, optimiserKernel } from "./adamw-wasm.ts";
import type { TensorData } from "./graph.ts";
import { type PreparedRun, prepareRun, Session, type TensorValue } from "./session.ts";
import { at, elementCount, type Shape } from "./shape.ts";
import type { Batch, Trainer, TrainerOptions, TrainingProgram, TrainingState } from "./trainer.ts";
import { gradientModel, gradientName, meanName, nextName, squareName, stateTensor } from "./training-graph.ts";

/**
 * Training on the CPU: ONNX Runtime writes gradients straight into WebAssembly memory, where a fused kernel updates the
 * weights that the next run reads. Nothing is copied but the batch.
 */
export class CpuTrainer implements Trainer {
  step = 0;
  private readonly arena: Arena;
  private readonly kernel: OptimiserKernel;
  private readonly parameters: { name: string; shape: Shape; views: OptimiserViews; decayed: boolean }[];
  private readonly buffers: { name: string; shape: Shape; now: Float32Array; next: Float32Array }[];
  private readonly batch: { name: string; data: TensorData }[];
  private readonly prepared: PreparedRun;
  private readonly loss: Float32Array;

  private constructor(
    private readonly session: Session,
    program: TrainingProgram,
    private readonly options: TrainerOptions,
  ) {
    this.arena = new Arena(memoryNeeded(program));
    this.kernel = optimiserKernel(this.arena.memory);
    const take = (shape: Shape) => this.arena.floats(elementCount(shape));
    const feeds: Record<string, TensorValue> = {};
    const outputs: Record<string, TensorValue> = {};
    this.parameters = program.parameters.map(({ name, shape, initial, decayed = true }) => {
      const views = { weight: take(shape), gradient: take(shape), mean: take(shape), square: take(shape) };
      views.weight.set(initial);
      feeds[name] = tensor(views.weight, shape);
      outputs[gradientName(name)] = tensor(views.gradient, shape);
      return { name, shape, views, decayed };
    });
    this.buffers = program.buffers.map(({ name, shape, initial }) => {
      const buffer = { name, shape, now: take(shape), next: take(shape) };
      buffer.now.set(initial);
      feeds[name] = tensor(buffer.now, shape);
      outputs[nextName(name)] = tensor(buffer.next, shape);
      return buffer;
    });
    this.batch = program.batch.map(({ name, shape, dtype }) => {
      const data = dtype === "int64" ? new BigInt64Array(elementCount(shape)) : exact(take(shape), shape);
      feeds[name] = { dtype, shape, data };
      return { name, data };
    });
    this.loss = take([1]);
    outputs.loss = tensor(this.loss, [1]);
    this.prepared = prepareRun(feeds, outputs);
  }

  static async create(program: TrainingProgram, options: TrainerOptions): Promise<CpuTrainer> {
    const session = await Session.create(gradientModel(program), {
      provider: options.provider,
      threads: options.threads,
    });
    return new CpuTrainer(session, program, options);
  }

  async run(batches: readonly Batch[]): Promise<number[]> {
    const losses: number[] = [];
    for (const batch of batches) losses.push(await this.oneStep(batch));
    return losses;
  }

  async readState(): Promise<TrainingState> {
    const tensors = new Map<string, { shape: Shape; data: Float32Array }>();
    const keep = (name: string, shape: Shape, view: Float32Array) =>
      tensors.set(name, { shape, data: exact(view, shape).slice() });
    for (const { name, shape, views } of this.parameters) keep(name, shape, views.weight);
    for (const { name, shape, now } of this.buffers) keep(name, shape, now);
    for (const { name, shape, views } of this.parameters) {
      keep(meanName(name), shape, views.mean);
      keep(squareName(name), shape, views.square);
    }
    return { step: this.step, tensors };
  }

  writeState(state: TrainingState): void {
    for (const { name, shape, views } of this.parameters) {
      views.weight.set(stateTensor(state, { name, shape }));
      views.mean.set(stateTensor(state, { name: meanName(name), shape }));
      views.square.set(stateTensor(state, { name: squareName(name), shape }));
    }
    for (const { name, shape, now } of this.buffers) now.set(stateTensor(state, { name, shape }));
    this.step = state.step;
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }

  private async oneStep(batch: Batch): Promise<number> {
    for (const { name, data } of this.batch) copyInto(data, batch[name], name);
    await this.session.runInto(this.prepared);
    this.step += 1;
    const { optimiser } = this.options;
    const schedule = adamwStep(optimiser, this.step);
    const scale = clipFactor(optimiser.clipNorm === undefined ? 0 : this.gradientNorm(), optimiser.clipNorm);
    for (const { views, decayed } of this.parameters) {
      this.kernel.adamw(views, { ...schedule, scale, decay: decayed ? schedule.decay : 1 }, optimiser);
    }
    for (const buffer of this.buffers) buffer.now.set(buffer.next);
    return at(this.loss, 0);
  }

  private gradientNorm(): number {
    return Math.sqrt(this.parameters.reduce((sum, { views }) => sum + this.kernel.sumSquares(views.gradient), 0));
  }
}

const ALIGNMENT = 64; // bytes: a cache line and an AVX-512 register

/** Ordinary WebAssembly memory handed out in aligned pieces. It never grows: growth would detach the views. */
class Arena {
  readonly memory: WebAssembly.Memory;
  private used = 0;

  constructor(bytes: number) {
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  }

  /** Zeros; the length is rounded up to whole cache lines. */
  floats(length: number): Float32Array {
    const bytes = alignedBytes(length);
    const view = new Float32Array(this.memory.buffer, this.used, bytes / 4);
    this.used += bytes;
    return view;
  }
}

function alignedBytes(floats: number): number {
  return Math.ceil((floats * 4) / ALIGNMENT) * ALIGNMENT;
}

function memoryNeeded({ parameters, buffers, batch }: TrainingProgram): number {
  const bytes = (shape: Shape) => alignedBytes(elementCount(shape));
  const sum = (specs: readonly { shape: Shape }[]) => specs.reduce((total, spec) => total + bytes(spec.shape), 0);
  return 4 * sum(parameters) + 2 * sum(buffers) + sum(batch) + bytes([1]);
}

/** The view without its padding. */
function exact(view: Float32Array, shape: Shape): Float32Array {
  return view.subarray(0, elementCount(shape));
}

function tensor(view: Float32Array, shape: Shape): TensorValue {
  return { dtype: "float32", shape, data: exact(view, shape) };
}

function copyInto(target: TensorData, source: TensorData | undefined, name: string): void {
  if (source?.length !== target.length) {
    throw new Error(`The batch holds ${source?.length ?? "no"} elements for "${name}"; ${target.length} are wanted.`);
  }
  if (target instanceof BigInt64Array && source instanceof BigInt64Array) target.set(source);
  else if (target instanceof Float32Array && source instanceof Float32Array) target.set(source);
  else throw new Error(`The batch holds the wrong element type for "${name}".`);
}
