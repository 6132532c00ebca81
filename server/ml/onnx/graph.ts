import { type EncodeOptions, encodeModel } from "./model-file.ts";
import { elementCount, type Shape, sameShape } from "./shape.ts";

/**
 * Words of this folder. A *value* is a tensor with a static shape; a *node* computes values from values; the *tape* lists
 * what a gradient can be taken through: one entry per node, except that a composite (a norm) is one entry with its own rule.
 */
export type DType = "float32" | "float64" | "int64" | "bool" | "uint8";
export type FloatType = "float32" | "float64";
export type TensorData = Float32Array | Float64Array | BigInt64Array | Uint8Array;

export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export type Attribute = number | readonly number[] | string | { readonly float: number } | Graph;
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface TapeEntry extends Node {
  /** what a composite's rule needs of its forward pass */
  readonly saved: Readonly<Record<string, Value>>;
}

export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

export interface Output {
  readonly name: string;
  readonly value: Value;
}

/**
 * A computation under construction. Shapes are static, so every mistake of shape throws where it is made.
 * A child graph (the body of a Loop) shares names and constants with its parent and may read its values.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  readonly tape: TapeEntry[] = [];
  readonly outputs: Output[] = [];
  private readonly constants = new Map<string, Constant>();
  private counter = 0;
  private composing = 0;

  constructor(
    /** element type of every float in this graph */
    readonly floatType: FloatType = "float32",
    private readonly parent?: Graph,
    /** starts every made-up name: keeps graphs that are put into one file apart */
    private readonly prefix = "",
  ) {}

  freshName(stem: string): string {
    if (this.parent) return this.parent.freshName(stem);
    this.counter += 1;
    return `${this.prefix}${stem}_${this.counter}`;
  }

  input(name: string, shape: Shape, dtype: DType = this.floatType): Value {
    if (this.inputs.some((known) => known.name === name)) throw new Error(`The graph already has an input "${name}".`);
    const value = { name, dtype, shape: [...shape] };
    this.inputs.push(value);
    return value;
  }

  /** Equal constants are stored once. */
  constant(data: TensorData, shape: Shape): Value {
    if (this.parent) return this.parent.constant(data, shape);
    if (data.length !== elementCount(shape)) {
      throw new Error(`A constant of shape [${shape}] needs ${elementCount(shape)} elements, not ${data.length}.`);
    }
    const dtype = dtypeOf(data);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // large tensors are weights: hashing them to find a twin costs more than it saves
    const content = bytes.byteLength <= 256 ? Buffer.from(bytes).toString("base64") : this.freshName("unique");
    const key = `${dtype}[${shape}]${content}`;
    const known = this.constants.get(key);
    if (known) return known.value;
    const value = { name: this.freshName("constant"), dtype, shape: [...shape] };
    this.constants.set(key, { value, data });
    return value;
  }

  scalar(value: number): Value {
    return this.constant(this.floatType === "float64" ? Float64Array.of(value) : Float32Array.of(value), []);
  }

  integers(values: readonly number[], shape: Shape = [values.length]): Value {
    return this.constant(
      BigInt64Array.from(values, (value) => BigInt(value)),
      shape,
    );
  }

  /** The numbers of an integer constant, e.g. the axes of a reduction. Throws if the value is not a constant. */
  constantIntegers(value: Value): number[] {
    if (this.parent) return this.parent.constantIntegers(value);
    for (const constant of this.constants.values()) {
      if (constant.value.name === value.name) return Array.from(constant.data, Number);
    }
    throw new Error(`"${value.name}" is not a constant.`);
  }

  /** Appends a node with one output. */
  emit(op: string, inputs: readonly Value[], result: { shape: Shape; dtype?: DType; attributes?: Attributes }): Value {
    const [output] = this.emitMany(op, inputs, { ...result, shapes: [result.shape] });
    if (!output) throw new Error(`${op} has no output.`);
    return output;
  }

  emitMany(
    op: string,
    inputs: readonly Value[],
    result: { shapes: readonly Shape[]; dtype?: DType; dtypes?: readonly DType[]; attributes?: Attributes },
  ): Value[] {
    const outputs = result.shapes.map((shape, i) => ({
      name: this.freshName(op),
      dtype: result.dtypes?.[i] ?? result.dtype ?? this.floatType,
      shape: [...shape],
    }));
    const node = { op, inputs, outputs, attributes: result.attributes ?? {} };
    this.nodes.push(node);
    if (this.composing === 0) this.tape.push({ ...node, saved: {} });
    return outputs;
  }

  /**
   * Records several nodes as one entry of the tape, whose gradient is in closed form (fewer passes than the chain rule over
   * its parts). `forward` returns the output and what the rule wants to see again.
   */
  composite(
    op: string,
    inputs: readonly Value[],
    forward: () => { output: Value; saved?: Record<string, Value>; attributes?: Attributes },
  ): Value {
    this.composing += 1;
    const { output, saved = {}, attributes = {} } = forward();
    this.composing -= 1;
    if (this.composing === 0) this.tape.push({ op, inputs, outputs: [output], attributes, saved });
    return output;
  }

  output(name: string, value: Value): void {
    if (this.outputs.some((known) => known.name === name))
      throw new Error(`The graph already has an output "${name}".`);
    this.outputs.push({ name, value });
  }

  /** Nodes that an output depends on, in order of computation. */
  neededNodes(): Node[] {
    const wanted = new Set(this.outputs.map((output) => output.value.name));
    const needed: Node[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((output) => wanted.has(output.name))) continue;
      needed.push(node);
      for (const input of node.inputs) wanted.add(input.name);
      for (const attribute of Object.values(node.attributes)) {
        if (attribute instanceof Graph) for (const name of attribute.outerNames()) wanted.add(name);
      }
    }
    return needed.reverse();
  }

  /** Names that this (child) graph reads from the graphs around it. */
  outerNames(): Set<string> {
    const needed = this.neededNodes();
    const own = new Set([...this.inputs, ...needed.flatMap((node) => node.outputs)].map((value) => value.name));
    const read = [...needed.flatMap((node) => node.inputs), ...this.outputs.map((output) => output.value)];
    return new Set(read.map((value) => value.name).filter((name) => !own.has(name)));
  }

  /** Constants that the needed nodes (or the bodies in them) read. */
  neededConstants(): Constant[] {
    const read = this.outerNames();
    for (const node of this.neededNodes()) {
      for (const attribute of Object.values(node.attributes)) {
        if (attribute instanceof Graph) for (const name of attribute.outerNames()) read.add(name);
      }
    }
    return [...this.constants.values()].filter((constant) => read.has(constant.value.name));
  }

  /**
   * The ONNX model file. `dynamicBatch` is right only for graphs in which no constant holds the batch size.
   */
  encode(options: EncodeOptions = {}): Uint8Array {
    return encodeModel(this, options);
  }

  protected assertSame(a: Value, b: Value, what: string): void {
    if (!sameShape(a.shape, b.shape)) throw new Error(`${what}: shapes [${a.shape}] and [${b.shape}] differ.`);
  }
}

export function dtypeOf(data: TensorData): DType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  return data instanceof BigInt64Array ? "int64" : "uint8";
}
