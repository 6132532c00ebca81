import { adamwStep, clipFactor } from "./adamw.ts";
import { AdamWThreads, type OptimiserViews } from "./adamw-threads.ts";
import type { TensorData } from "./graph.ts";
import { DEFAULT_THREADS, type PreparedRun, prepareRun, Session, type TensorValue } from "./session.ts";
import { at, elementCount, type Shape } from "./shape.ts";
import type { Batch, ParameterSpec, Trainer, TrainerOptions, TrainingProgram, TrainingState } from "./trainer.ts";
import {
  averageName,
  gradientModel,
  gradientName,
  meanName,
  nextName,
  squareName,
  stateTensor,
} from "./training-graph.ts";

/**
 * Training on the CPU: ONNX Runtime writes gradients straight into shared WebAssembly memory, where a fused kernel on all
 * cores updates the weights that the next run reads. Nothing is copied but the batch.
 */
export class CpuTrainer implements Trainer {
  step = 0;
  /** All parameters one behind the other, and the same places in their gradients and moments; those that decay come first. */
  private readonly all: OptimiserViews;
  /** their moving averages, in the same places */
  private readonly averages: Float32Array | undefined;
  /** numbers in `all` that decay */
  private readonly decayed: number;
  private readonly optimiser: AdamWThreads;
  private readonly parameters: { name: string; shape: Shape; views: OptimiserViews; average?: Float32Array }[];
  private readonly buffers: { name: string; shape: Shape; now: Float32Array; next: Float32Array }[];
  private readonly batch: { name: string; data: TensorData }[];
  private readonly prepared: PreparedRun;
  private readonly loss: Float32Array;

  private constructor(
    private readonly session: Session,
    program: TrainingProgram,
    private readonly options: TrainerOptions,
  ) {
    const arena = new Arena(memoryNeeded(program, options));
    const take = (shape: Shape) => arena.floats(elementCount(shape));
    const feeds: Record<string, TensorValue> = {};
    const outputs: Record<string, TensorValue> = {};
    this.decayed = floatsNeeded(program.parameters.filter(decays));
    const total = [floatsNeeded(program.parameters)];
    this.all = { weight: take(total), gradient: take(total), mean: take(total), square: take(total) };
    this.averages = options.optimiser.ema === undefined ? undefined : take(total);
    const offsets = { decayed: 0, exempt: this.decayed };
    this.parameters = program.parameters.map((parameter) => {
      const { name, shape, initial } = parameter;
      const group = decays(parameter) ? "decayed" : "exempt";
      const views = part(this.all, offsets[group], elementCount(shape));
      const average = this.averages?.subarray(offsets[group], offsets[group] + elementCount(shape));
      offsets[group] += paddedLength(shape);
      views.weight.set(initial);
      average?.set(initial);
      feeds[name] = { dtype: "float32", shape, data: views.weight };
      outputs[gradientName(name)] = { dtype: "float32", shape, data: views.gradient };
      return { name, shape, views, average };
    });
    this.buffers = program.buffers.map(({ name, shape, initial }) => {
      const buffer = { name, shape, now: take(shape), next: take(shape) };
      buffer.now.set(initial);
      feeds[name] = { dtype: "float32", shape, data: buffer.now };
      outputs[nextName(name)] = { dtype: "float32", shape, data: buffer.next };
      return buffer;
    });
    this.batch = program.batch.map(({ name, shape, dtype }) => {
      const data = dtype === "int64" ? new BigInt64Array(elementCount(shape)) : take(shape);
      feeds[name] = { dtype, shape, data };
      return { name, data };
    });
    this.loss = take([1]);
    outputs.loss = { dtype: "float32", shape: [1], data: this.loss };
    this.prepared = prepareRun(feeds, outputs);
    this.optimiser = new AdamWThreads(arena.memory, options.threads ?? DEFAULT_THREADS);
  }

  static async create(program: TrainingProgram, options: TrainerOptions): Promise<CpuTrainer> {
    const session = await Session.create(gradientModel(program), {
      provider: options.provider,
      threads: options.threads,
      spin: options.spin,
    });
    return new CpuTrainer(session, program, options);
  }

  async run(batches: readonly Batch[]): Promise<number[]> {
    const losses: number[] = [];
    for (const batch of batches) losses.push(await this.oneStep(batch));
    return losses;
  }

  async readState({ moments = true, parameters = true } = {}): Promise<TrainingState> {
    const tensors = new Map<string, { shape: Shape; data: Float32Array }>();
    const keep = (name: string, shape: Shape, view: Float32Array) =>
      tensors.set(name, { shape, data: new Float32Array(view) }); // as memory, not number by number
    for (const { name, shape, views, average } of parameters ? this.parameters : []) {
      keep(name, shape, views.weight);
      if (average) keep(averageName(name), shape, average);
    }
    for (const { name, shape, now } of this.buffers) keep(name, shape, now);
    for (const { name, shape, views } of moments && parameters ? this.parameters : []) {
      keep(meanName(name), shape, views.mean);
      keep(squareName(name), shape, views.square);
    }
    return { step: this.step, tensors };
  }

  writeState(state: TrainingState): void {
    for (const { name, shape, views, average } of this.parameters) {
      views.weight.set(stateTensor(state, { name, shape }));
      average?.set(stateTensor(state, { name: averageName(name), shape }));
      views.mean.set(stateTensor(state, { name: meanName(name), shape }));
      views.square.set(stateTensor(state, { name: squareName(name), shape }));
    }
    for (const { name, shape, now } of this.buffers) now.set(stateTensor(state, { name, shape }));
    this.step = state.step;
  }

  async dispose(): Promise<void> {
    this.optimiser.dispose();
    await this.session.dispose();
  }

  private async oneStep(batch: Batch): Promise<number> {
    for (const { name, data } of this.batch) copyInto(data, batch[name], name);
    await this.session.runInto(this.prepared);
    this.step += 1;
    this.update();
    for (const buffer of this.buffers) buffer.now.set(buffer.next);
    return at(this.loss, 0);
  }

  private update(): void {
    const { optimiser: options } = this.options;
    const { all, decayed, optimiser } = this;
    const norm = options.clipNorm === undefined ? 0 : Math.sqrt(optimiser.sumSquares(all.gradient));
    const schedule = { ...adamwStep(options, this.step), scale: clipFactor(norm, options.clipNorm) };
    optimiser.adamw(part(all, 0, decayed), schedule, options);
    optimiser.adamw(part(all, decayed, all.weight.length - decayed), { ...schedule, decay: 1 }, options);
    if (this.averages) optimiser.average(this.averages, all.weight, schedule.keep);
  }
}

const ALIGNMENT = 64; // bytes: a cache line and an AVX-512 register

/** Shared WebAssembly memory handed out in aligned pieces. It never grows: growth would detach the views. */
class Arena {
  readonly memory: WebAssembly.Memory;
  private used = 0;

  constructor(floats: number) {
    const pages = Math.ceil((floats * Float32Array.BYTES_PER_ELEMENT) / 65536);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  }

  /** Zeros. */
  floats(length: number): Float32Array {
    const view = new Float32Array(this.memory.buffer, this.used, length);
    this.used += paddedLength([length]) * Float32Array.BYTES_PER_ELEMENT;
    return view;
  }
}

/** Numbers in a tensor, rounded up to whole cache lines. */
function paddedLength(shape: Shape): number {
  const line = ALIGNMENT / Float32Array.BYTES_PER_ELEMENT;
  return Math.ceil(elementCount(shape) / line) * line;
}

function floatsNeeded(specs: readonly { shape: Shape }[]): number {
  return specs.reduce((sum, { shape }) => sum + paddedLength(shape), 0);
}

function memoryNeeded({ parameters, buffers, batch }: TrainingProgram, { optimiser }: TrainerOptions): number {
  return (
    (optimiser.ema === undefined ? 4 : 5) * floatsNeeded(parameters) +
    2 * floatsNeeded(buffers) +
    floatsNeeded([...batch, { shape: [1] }])
  );
}

function decays({ decayed = true }: ParameterSpec): boolean {
  return decayed;
}

function part({ weight, gradient, mean, square }: OptimiserViews, start: number, length: number): OptimiserViews {
  const cut = (view: Float32Array) => view.subarray(start, start + length);
  return { weight: cut(weight), gradient: cut(gradient), mean: cut(mean), square: cut(square) };
}

function copyInto(target: TensorData, source: TensorData | undefined, name: string): void {
  if (source?.length !== target.length) {
    throw new Error(`The batch holds ${source?.length ?? "no"} elements for "${name}"; ${target.length} are wanted.`);
  }
  if (target instanceof BigInt64Array && source instanceof BigInt64Array) target.set(source);
  else if (target instanceof Float32Array && source instanceof Float32Array) target.set(source);
  else throw new Error(`The batch holds the wrong element type for "${name}".`);
}
