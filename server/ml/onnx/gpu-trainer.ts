import { adamwStep } from "./adamw.ts";
import type { TensorData } from "./graph.ts";
import { GraphBuilder } from "./operators.ts";
import { type DeviceTensor, type Feed, hostData, Session, type TensorValue } from "./session.ts";
import { elementCount } from "./shape.ts";
import type { Batch, BatchSpec, Trainer, TrainerOptions, TrainingProgram, TrainingState } from "./trainer.ts";
import { loopModel, nextName, stateSpecs, stateTensor, stepModel } from "./training-graph.ts";

/**
 * Training in an ONNX Loop: all batches of a call in one run, state on the device in between. The form for CUDA, whose
 * binding has no device tensors: with a run per step all state would cross the bus twice. One session per number of steps.
 */
export class LoopTrainer implements Trainer {
  step = 0;
  private state: Map<string, TensorValue>;
  private readonly sessions = new Map<number, Session>();

  constructor(
    private readonly program: TrainingProgram,
    private readonly options: TrainerOptions,
  ) {
    this.state = initialState(program, options);
  }

  async run(batches: readonly Batch[]): Promise<number[]> {
    if (batches.length === 0) return [];
    const { program, options } = this;
    const feeds: Record<string, TensorValue> = Object.fromEntries(this.state);
    for (const spec of program.batch) feeds[spec.name] = stacked(spec, batches);
    feeds.schedule = scheduleTensor(options, this.step, batches.length);
    const session = await this.session(batches.length);
    const outputs = await session.run(feeds);
    for (const name of this.state.keys()) this.state.set(name, found(outputs, nextName(name)));
    this.step += batches.length;
    return Array.from(found(outputs, "losses").data, Number);
  }

  async readState(): Promise<TrainingState> {
    return { step: this.step, tensors: floats(this.state) };
  }

  writeState(state: TrainingState): void {
    this.state = restored(this.program, state, this.options);
    this.step = state.step;
  }

  async dispose(): Promise<void> {
    for (const session of this.sessions.values()) await session.dispose();
  }

  private async session(steps: number): Promise<Session> {
    const { provider, threads, optimiser } = this.options;
    const known = this.sessions.get(steps);
    const session = known ?? (await Session.create(loopModel(this.program, optimiser, steps), { provider, threads }));
    this.sessions.set(steps, session);
    return session;
  }
}

/** Training with a run per step and all state in GPU buffers (WebGPU); only the loss comes back. */
export class WebGpuTrainer implements Trainer {
  step = 0;
  private state: Map<string, Feed>;

  private constructor(
    private readonly session: Session,
    private readonly program: TrainingProgram,
    private readonly options: TrainerOptions,
  ) {
    this.state = initialState(program, options);
  }

  static async create(program: TrainingProgram, options: TrainerOptions): Promise<WebGpuTrainer> {
    const { provider, threads } = options;
    const onDevice =
      provider === "webgpu" ? stateSpecs(program, options.optimiser).map((spec) => nextName(spec.name)) : [];
    const session = await Session.create(stepModel(program, options.optimiser), { provider, threads, onDevice });
    return new WebGpuTrainer(session, program, options);
  }

  async run(batches: readonly Batch[]): Promise<number[]> {
    const losses: number[] = [];
    for (const batch of batches) {
      const feeds: Record<string, Feed> = Object.fromEntries(this.state);
      for (const spec of this.program.batch) feeds[spec.name] = { ...stacked(spec, [batch]), shape: spec.shape };
      feeds.schedule = { ...scheduleTensor(this.options, this.step, 1), shape: [4] };
      const outputs = await this.session.runOnDevice(feeds);
      for (const [name, old] of this.state) {
        if ("location" in old) old.dispose();
        this.state.set(name, found(outputs, nextName(name)));
      }
      this.step += 1;
      losses.push(Number(hostData(found(outputs, "loss")).data[0]));
    }
    return losses;
  }

  async readState(): Promise<TrainingState> {
    const host = new Map<string, TensorValue>();
    for (const [name, value] of this.state) {
      if (!("location" in value)) host.set(name, value);
      else host.set(name, value.location === "cpu" ? hostData(value) : await readBack(value));
    }
    return { step: this.step, tensors: floats(host) };
  }

  writeState(state: TrainingState): void {
    for (const old of this.state.values()) if ("location" in old) old.dispose();
    this.state = restored(this.program, state, this.options);
    this.step = state.step;
  }

  async dispose(): Promise<void> {
    for (const old of this.state.values()) if ("location" in old) old.dispose();
    await this.session.dispose();
  }
}

/** Copies a tensor from the device by a model of one Identity: its own getData() aborts the process. */
async function readBack(tensor: DeviceTensor): Promise<TensorValue> {
  const g = new GraphBuilder();
  g.output("y", g.identity(g.input("x", tensor.dims)));
  const session = await Session.create(g.encode(), { provider: "webgpu" });
  const { y } = await session.run({ x: tensor });
  await session.dispose();
  if (!y) throw new Error("The read-back gave nothing.");
  return y;
}

function initialState(program: TrainingProgram, { optimiser }: TrainerOptions): Map<string, TensorValue> {
  return new Map(
    stateSpecs(program, optimiser).map(({ name, shape, initial }) => [
      name,
      { dtype: "float32", shape, data: initial.slice() },
    ]),
  );
}

function restored(
  program: TrainingProgram,
  state: TrainingState,
  { optimiser }: TrainerOptions,
): Map<string, TensorValue> {
  return new Map(
    stateSpecs(program, optimiser).map((spec) => [
      spec.name,
      { dtype: "float32", shape: spec.shape, data: stateTensor(state, spec).slice() },
    ]),
  );
}

function floats(state: ReadonlyMap<string, TensorValue>): TrainingState["tensors"] {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of state) tensors.set(name, { shape, data: Float32Array.from(data, Number) });
  return tensors;
}

/** Rows decay, step, unbias, keep for the steps after `done`. */
function scheduleTensor(options: TrainerOptions, done: number, steps: number): TensorValue {
  const data = new Float32Array(steps * 4);
  for (let i = 0; i < steps; i++) {
    const { decay, step, unbias, keep } = adamwStep(options.optimiser, done + i + 1);
    data.set([decay, step, unbias, keep], 4 * i);
  }
  return { dtype: "float32", shape: [steps, 4], data };
}

/** The batches of one input behind each other: [batches, ...shape]. */
function stacked(spec: BatchSpec, batches: readonly Batch[]): TensorValue {
  const size = elementCount(spec.shape);
  const parts = batches.map((batch) => found(batch, spec.name));
  if (parts.some((part) => part.length !== size)) throw new Error(`A batch has the wrong size for "${spec.name}".`);
  const data: TensorData =
    spec.dtype === "int64" ? new BigInt64Array(size * parts.length) : new Float32Array(size * parts.length);
  for (const [i, part] of parts.entries()) {
    if (data instanceof BigInt64Array && part instanceof BigInt64Array) data.set(part, i * size);
    else if (data instanceof Float32Array && part instanceof Float32Array) data.set(part, i * size);
    else throw new Error(`A batch has the wrong element type for "${spec.name}".`);
  }
  return { dtype: spec.dtype, shape: [batches.length, ...spec.shape], data };
}

function found<T>(values: Readonly<Record<string, T>>, name: string): T {
  const value = values[name];
  if (value === undefined) throw new Error(`"${name}" is missing.`);
  return value;
}
