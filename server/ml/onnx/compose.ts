import type { Graph } from "./graph.ts";
import { encodeGraph, GRAPH, MODEL, writeMetadata } from "./model-file.ts";
import { copyField, type Field, MessageWriter, readFields } from "./protobuf.ts";

/** Oldest operator set whose operators mean what the ones emitted here mean. */
const LEAST_OPSET = 13;

/**
 * Puts a graph behind a model file: the graph's inputs are outputs of the model, by name, and the whole has the model's
 * inputs and the graph's outputs. The model's nodes and weights are carried over byte for byte. Throws where an output is
 * missing, its declared sizes contradict the graph's (apart from the batch), or a name is used by both.
 */
export function appendModel(
  model: Uint8Array,
  graph: Graph,
  options: { dynamicBatch?: string; metadata?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  const fields = readFields(model);
  const inner = fields.find((field) => field.field === MODEL.graph);
  if (!inner) throw new Error("The file is not an ONNX model: it has no graph.");
  checkOpset(fields);
  const base = readFields(inner.bytes);
  checkFit(base, graph);
  const whole = new MessageWriter();
  const added = readFields(encodeGraph(graph, options).finish());
  const carried = base.filter(({ field }) => field !== GRAPH.output);
  const appended = added.filter(({ field }) => field !== GRAPH.input && field !== GRAPH.name);
  for (const field of [...carried, ...appended]) copyField(whole, field);
  const result = new MessageWriter();
  for (const field of fields) {
    if (field === inner) result.message(MODEL.graph, whole);
    else copyField(result, field);
  }
  writeMetadata(result, options.metadata);
  return result.finish();
}

/** Declared name and sizes of a ValueInfoProto; null: symbolic or unknown. */
export function readValueInfo(bytes: Uint8Array): { name: string; shape: (number | null)[] | null } {
  const fields = readFields(bytes);
  const shape = path(fields, [2, 1, 2]);
  const dimensions = shape
    ?.filter(({ field }) => field === 1)
    .map(({ bytes: dimension }) => {
      const size = readFields(dimension).find(({ field }) => field === 1);
      return size ? Number(size.value) : null;
    });
  return { name: text(fields, 1), shape: dimensions ?? null };
}

function checkFit(base: readonly Field[], graph: Graph): void {
  const outputs = base.filter(({ field }) => field === GRAPH.output).map(({ bytes }) => readValueInfo(bytes));
  for (const input of graph.inputs) {
    const output = outputs.find(({ name }) => name === input.name);
    if (!output) throw new Error(`The model has no output "${input.name}", only ${outputs.map(({ name }) => name)}.`);
    const { shape } = output;
    const fits =
      shape?.length === input.shape.length &&
      shape.every((size, i) => i === 0 || size === null || size === input.shape[i]);
    if (shape && !fits)
      throw new Error(`The model's output "${input.name}" is [${shape}]; [N, ${input.shape.slice(1)}] is wanted.`);
  }
  const taken = new Set(base.filter(({ field }) => field === GRAPH.node).flatMap(({ bytes }) => outputNames(bytes)));
  const made = [...graph.neededNodes().flatMap((node) => node.outputs), ...graph.outputs];
  const twice = made.find(({ name }) => taken.has(name));
  if (twice) throw new Error(`The model already has a value "${twice.name}".`);
}

/** Names of the values that a NodeProto computes. */
export function outputNames(node: Uint8Array): string[] {
  return readFields(node)
    .filter(({ field }) => field === 2)
    .map(({ bytes }) => new TextDecoder().decode(bytes));
}

function checkOpset(fields: readonly Field[]): void {
  for (const { bytes } of fields.filter(({ field }) => field === MODEL.opset)) {
    const opset = readFields(bytes);
    const version = Number(opset.find(({ field }) => field === 2)?.value ?? 0n);
    if (text(opset, 1) === "" && version < LEAST_OPSET) {
      throw new Error(`The model uses operator set ${version}; at least ${LEAST_OPSET} is wanted.`);
    }
  }
}

function text(fields: readonly Field[], number: number): string {
  const found = fields.find(({ field }) => field === number);
  return found ? new TextDecoder().decode(found.bytes) : "";
}

/** The fields of a message within messages. */
function path(fields: readonly Field[], numbers: readonly number[]): Field[] | undefined {
  return numbers
    .reduce<readonly Field[] | undefined>((level, number) => {
      const found = level?.find(({ field }) => field === number);
      return found && readFields(found.bytes);
    }, fields)
    ?.slice();
}
