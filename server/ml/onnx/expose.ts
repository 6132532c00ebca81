import { outputNames, readValueInfo } from "./compose.ts";
import type { Value } from "./graph.ts";
import { encodeNode, encodeValueInfo, GRAPH, MODEL } from "./model-file.ts";
import { copyField, type Field, MessageWriter, readFields } from "./protobuf.ts";

/** What a model file offers by name. */
export interface ModelValues {
  readonly outputs: readonly string[];
  /** everything that a node computes, outputs included */
  readonly computed: readonly string[];
}

/** Throws where the file is no ONNX model. */
export function modelValues(model: Uint8Array): ModelValues {
  const graph = readFields(graphOf(readFields(model)).bytes);
  const of = (field: number) => graph.filter((entry) => entry.field === field).map(({ bytes }) => bytes);
  return {
    outputs: of(GRAPH.output).map((bytes) => readValueInfo(bytes).name),
    computed: of(GRAPH.node).flatMap(outputNames),
  };
}

/**
 * The model with one output alone: the inner value `from`, under the name, type and shape of `output`; the first dimension
 * is free. What only the former outputs needed is computed no more.
 */
export function exposeOutput(model: Uint8Array, from: string, output: Value): Uint8Array {
  const fields = readFields(model);
  const graph = graphOf(fields);
  const changed = new MessageWriter();
  for (const field of readFields(graph.bytes)) if (field.field !== GRAPH.output) copyField(changed, field);
  const inner = { ...output, name: from };
  changed.message(GRAPH.node, encodeNode({ op: "Identity", inputs: [inner], outputs: [output], attributes: {} }));
  changed.message(GRAPH.output, encodeValueInfo(output, { dynamicBatch: "N" }));
  const result = new MessageWriter();
  for (const field of fields) {
    if (field === graph) result.message(MODEL.graph, changed);
    else copyField(result, field);
  }
  return result.finish();
}

function graphOf(model: readonly Field[]): Field {
  const graph = model.find(({ field }) => field === MODEL.graph);
  if (!graph) throw new Error("The file is not an ONNX model: it has no graph.");
  return graph;
}
