import type { Attribute, Constant, DType, Graph, Node, Value } from "./graph.ts";
import { MessageWriter } from "./protobuf.ts";

/** Operator set of the graphs built here: ReduceMean takes its axes as an input since 18, ScatterND adds since 16. */
const OPSET = 18;
const IR_VERSION = 8;

// field numbers of onnx.proto3
export const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8, metadata: 14 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const TYPE_CODE: Record<DType, number> = { float32: 1, uint8: 2, int64: 7, bool: 9, float64: 11 };

/**
 * First output of a model for `Session.runInto`, a sequence and so of a type that the runtime's binding for Node does not
 * convert: there it stops, and does not go on to copy every other output out of the memory that it was given for it.
 */
export const STOP = "stop";

export interface EncodeOptions {
  /** the first dimension of every input and output becomes this symbol */
  readonly dynamicBatch?: string;
  /** inputs and outputs take any sizes: right for graphs of which no node holds one as a constant */
  readonly anySize?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** true: the model is only for `Session.runInto`, and has the output STOP */
  readonly writesInto?: boolean;
}

/** Serialises a graph as an ONNX ModelProto. Nodes that no output needs are left out. */
export function encodeModel(graph: Graph, options: EncodeOptions): Uint8Array {
  const model = new MessageWriter()
    .varint(MODEL.irVersion, IR_VERSION)
    .string(MODEL.producer, "gan-rm-lab")
    .message(MODEL.graph, encodeGraph(graph, options))
    .message(MODEL.opset, new MessageWriter().string(1, "").varint(2, OPSET));
  writeMetadata(model, options.metadata);
  return model.finish();
}

/** Notes of a ModelProto, which ONNX Runtime shows as its custom metadata. */
export function writeMetadata(model: MessageWriter, metadata: Readonly<Record<string, string>> = {}): void {
  for (const [key, value] of Object.entries(metadata)) {
    model.message(MODEL.metadata, new MessageWriter().string(1, key).string(2, value));
  }
}

export function encodeGraph(graph: Graph, options: EncodeOptions = {}): MessageWriter {
  const { writesInto = false } = options;
  const writer = new MessageWriter();
  const nodes = graph.neededNodes();
  for (const node of nodes) writer.message(GRAPH.node, encodeNode(node));
  // an output is named by its caller: one Identity each, which the runtime removes
  const made = new Set(nodes.flatMap((node) => node.outputs.map((value) => value.name)));
  for (const { name, value } of graph.outputs) {
    if (value.name !== name || !made.has(name)) {
      writer.message(GRAPH.node, new MessageWriter().string(1, value.name).string(2, name).string(4, "Identity"));
    }
  }
  writer.string(GRAPH.name, "graph");
  for (const constant of graph.neededConstants()) writer.message(GRAPH.initializer, encodeTensor(constant));
  for (const input of graph.inputs) writer.message(GRAPH.input, encodeValueInfo(input, options));
  const [first] = graph.outputs;
  if (writesInto && first) writeStop(writer, first.value, options);
  for (const { name, value } of graph.outputs) {
    writer.message(GRAPH.output, encodeValueInfo({ ...value, name }, options));
  }
  return writer;
}

/** STOP = [value] */
function writeStop(graph: MessageWriter, value: Value, options: EncodeOptions): void {
  const stop = { op: "SequenceConstruct", inputs: [value], outputs: [{ ...value, name: STOP }], attributes: {} };
  const sequence = new MessageWriter().message(4, new MessageWriter().message(1, encodeType(value, options)));
  graph.message(GRAPH.node, encodeNode(stop));
  graph.message(GRAPH.output, new MessageWriter().string(1, STOP).message(2, sequence));
}

export function encodeNode(node: Node): MessageWriter {
  const writer = new MessageWriter();
  for (const input of node.inputs) writer.string(1, input.name);
  for (const output of node.outputs) writer.string(2, output.name);
  writer.string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, encodeAttribute(name, attribute));
  }
  return writer;
}

function encodeAttribute(name: string, attribute: Attribute): MessageWriter {
  const writer = new MessageWriter().string(1, name);
  if (typeof attribute === "number") return writer.varint(3, attribute).varint(20, 2);
  if (typeof attribute === "string") return writer.string(4, attribute).varint(20, 3);
  if ("float" in attribute) return writer.float(2, attribute.float).varint(20, 1);
  if (isIntegers(attribute)) {
    for (const value of attribute) writer.varint(8, value);
    return writer.varint(20, 7);
  }
  return writer.message(6, encodeGraph(attribute)).varint(20, 5);
}

function isIntegers(attribute: Attribute): attribute is readonly number[] {
  return Array.isArray(attribute);
}

function encodeTensor({ value, data }: Constant): MessageWriter {
  const writer = new MessageWriter();
  for (const size of value.shape) writer.varint(1, size);
  return writer
    .varint(2, TYPE_CODE[value.dtype])
    .string(8, value.name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export function encodeValueInfo(value: Value, options?: EncodeOptions): MessageWriter {
  return new MessageWriter().string(1, value.name).message(2, encodeType(value, options));
}

/** TypeProto of a tensor. */
function encodeType(value: Value, { dynamicBatch, anySize = false }: EncodeOptions = {}): MessageWriter {
  const shape = new MessageWriter();
  value.shape.forEach((size, i) => {
    const dimension = new MessageWriter();
    if (i === 0 && dynamicBatch !== undefined) dimension.string(2, dynamicBatch);
    else if (!anySize) dimension.varint(1, size);
    shape.message(1, dimension);
  });
  const tensor = new MessageWriter().varint(1, TYPE_CODE[value.dtype]).message(2, shape);
  return new MessageWriter().message(1, tensor);
}
