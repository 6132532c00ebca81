import { InferenceSession, Tensor } from "onnxruntime-node";
import type { DType, TensorData } from "./graph.ts";
import { STOP } from "./model-file.ts";
import type { Shape } from "./shape.ts";

/** The only door to ONNX Runtime: threads, providers and logging are decided here. */
export type Provider = "cuda" | "webgpu" | "cpu";
/** fastest first */
export const PROVIDERS: readonly Provider[] = ["cuda", "webgpu", "cpu"];

export interface TensorValue {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TensorData;
}

export interface SessionOptions {
  /** default "cpu"; see provider.ts */
  provider?: Provider;
  /** Part of what fixes the bytes of a result: 1 and 2 threads agree, 3 and 4 do not. Default 2. */
  threads?: number;
  /**
   * false: the runtime's threads sleep between nodes instead of spinning. On a machine shared with others they then do not
   * burn their share waiting for a thread that is not running (a training step at load 8: 66 instead of 38 images a second
   * of processor time); on a quiet one spinning is faster. The bytes are the same. Default true.
   */
  spin?: boolean;
  /** Names of outputs that stay on the device (WebGPU only). */
  onDevice?: readonly string[];
  /** Fail instead of running nodes of a WebGPU session on the CPU. */
  strict?: boolean;
  /** "all" also lays out constant convolution weights for the CPU: right for inference with stored weights. Default "extended". */
  optimisation?: "extended" | "all";
}

/**
 * Element types that GPU exports have for float32 and int64. Callers here do not meet them: what a model declares so is given
 * and read as the wide type, and converted at this door.
 */
type NarrowType = "float16" | "int32";

export type DeviceTensor = Tensor;
export type Feed = TensorValue | DeviceTensor;

export const DEFAULT_THREADS = 2;

/** A loaded model. `run` blocks its thread for the time of the computation (so: never in the API process). */
export class Session {
  // written out because threads load this file without a compiler, which parameter properties would need
  private readonly session: InferenceSession;
  readonly provider: Provider;
  /** inputs that are declared so, by name */
  private readonly narrow: ReadonlyMap<string, NarrowType>;

  private constructor(session: InferenceSession, provider: Provider) {
    this.session = session;
    this.provider = provider;
    this.narrow = new Map(
      this.inputs.flatMap(({ name, dtype }) => (dtype === "float16" || dtype === "int32" ? [[name, dtype]] : [])),
    );
  }

  /** Throws where the provider is not available or the model is wrong. */
  static async create(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
    const {
      provider = "cpu",
      threads = DEFAULT_THREADS,
      spin = true,
      onDevice = [],
      strict = false,
      optimisation = "extended",
    } = options;
    const settings: InferenceSession.SessionOptions = {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: optimisation,
      logSeverityLevel: 3,
      extra: {
        session: {
          set_denormal_as_zero: "1",
          disable_cpu_ep_fallback: strict ? "1" : "0",
          // between runs the cores are for others: the optimiser, decoding, a second session
          force_spinning_stop: "1",
          intra_op: { allow_spinning: spin ? "1" : "0" },
        },
      },
    };
    if (onDevice.length > 0) {
      settings.preferredOutputLocation = Object.fromEntries(onDevice.map((name) => [name, "gpu-buffer" as const]));
    }
    // two overloads, so the union has to be told apart
    const session =
      typeof model === "string"
        ? await InferenceSession.create(model, settings)
        : await InferenceSession.create(model, settings);
    return new Session(session, provider);
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  /** Declared inputs; a symbolic dimension is given by its name. */
  get inputs(): readonly { name: string; dtype: string; shape: readonly (number | string)[] }[] {
    return this.session.inputMetadata.flatMap((input) =>
      input.isTensor ? [{ name: input.name, dtype: input.type, shape: input.shape }] : [],
    );
  }

  /** Computes the outputs. Throws on an output that stayed on the device: use `runOnDevice`. */
  async run(feeds: Readonly<Record<string, Feed>>): Promise<Record<string, TensorValue>> {
    return hostTensors(await this.session.run(toTensors(feeds, this.narrow)));
  }

  /**
   * Computes into given memory, shared WebAssembly memory included, without allocation or copy if the model was encoded with
   * `writesInto`. Otherwise the binding (onnxruntime-node 1.30) copies each output into new memory that nobody looks at:
   * 2.3 of 8.8 ms for the 28 MB of the reward model's gradients, and garbage to collect.
   */
  async runInto(prepared: PreparedRun): Promise<void> {
    if (!this.outputNames.includes(STOP)) {
      await this.session.run(prepared.feeds, prepared.fetches);
      return;
    }
    try {
      await this.session.run(prepared.feeds, { ...prepared.fetches, [STOP]: null });
    } catch (error) {
      // all is computed and written by then
      if (!(error instanceof Error && error.message === STOPPED)) throw error;
    }
  }

  /** Outputs as runtime tensors; dispose of them after use. */
  async runOnDevice(feeds: Readonly<Record<string, Feed>>): Promise<Record<string, DeviceTensor>> {
    const outputs: Record<string, DeviceTensor> = {};
    for (const [name, value] of Object.entries(await this.session.run(toTensors(feeds, this.narrow)))) {
      if (value instanceof Tensor) outputs[name] = value;
    }
    return outputs;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** What the binding says of the output STOP. */
const STOPPED = "Non tensor type is temporarily not supported.";

/** Feeds and outputs wrapped once for a loop of runs over the same memory. */
export interface PreparedRun {
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

export function prepareRun(
  feeds: Readonly<Record<string, TensorValue>>,
  outputs: Readonly<Record<string, TensorValue>>,
): PreparedRun {
  return { feeds: toTensors(feeds), fetches: toTensors(outputs) };
}

/** Data of a host tensor that `runOnDevice` returned. */
export function hostData(tensor: DeviceTensor): TensorValue {
  if (tensor.location !== "cpu") throw new Error("The tensor is on the device; read it back with readBackModel.");
  return toValue(tensor);
}

function toTensors(
  feeds: Readonly<Record<string, Feed>>,
  narrow: ReadonlyMap<string, NarrowType> = new Map(),
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed, narrow.get(name))]));
}

function toTensor(feed: Feed, narrow?: NarrowType): Tensor {
  if ("location" in feed) return feed;
  const shape = [...feed.shape];
  const { data } = feed;
  if (narrow === "float16" && data instanceof Float32Array) return halfTensor(data, shape);
  if (narrow === "int32" && data instanceof BigInt64Array)
    return new Tensor("int32", Int32Array.from(data, Number), shape);
  if (data instanceof Float32Array) return new Tensor("float32", data, shape);
  if (data instanceof Float64Array) return new Tensor("float64", data, shape);
  if (data instanceof BigInt64Array) return new Tensor("int64", data, shape);
  return feed.dtype === "bool" ? new Tensor("bool", data, shape) : new Tensor("uint8", data, shape);
}

/** onnxruntime-node 1.30 makes a Float16Array of whatever it is given, which its native half can't read: it takes 16-bit integers. */
function halfTensor(data: Float32Array, shape: readonly number[]): Tensor {
  const bits = new Uint16Array(Float16Array.from(data).buffer);
  return Object.defineProperty(new Tensor("float16", bits, shape), "data", { value: bits });
}

function hostTensors(values: Readonly<Record<string, unknown>>): Record<string, TensorValue> {
  const outputs: Record<string, TensorValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof Tensor) outputs[name] = toValue(value);
  }
  return outputs;
}

/** float16 as the binding gives it: the same bits in a Float16Array or a Uint16Array */
function widened({ buffer, byteOffset, byteLength }: ArrayBufferView): Float32Array {
  return Float32Array.from(new Float16Array(buffer, byteOffset, byteLength / 2));
}

function toValue(tensor: Tensor): TensorValue {
  const { data, dims: shape } = tensor;
  if (data instanceof Float32Array) return { dtype: "float32", shape, data };
  if (data instanceof Float64Array) return { dtype: "float64", shape, data };
  if (data instanceof BigInt64Array) return { dtype: "int64", shape, data };
  if (data instanceof Uint8Array) return { dtype: tensor.type === "bool" ? "bool" : "uint8", shape, data };
  if (data instanceof Int32Array) return { dtype: "int64", shape, data: BigInt64Array.from(data, BigInt) };
  if (tensor.type === "float16" && ArrayBuffer.isView(data)) return { dtype: "float32", shape, data: widened(data) };
  throw new Error(`Tensors of type ${tensor.type} are not used here.`);
}
