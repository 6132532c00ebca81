import { readFileSync } from "node:fs";
import { averageName } from "../../server/ml/onnx/training-graph.ts";
import { FLOW_32, flowShapes } from "../../server/ml/policies/flow/architecture.ts";
import { decodeFlowWeights, type FlowWeights } from "../../server/ml/policies/flow/weights-file.ts";
import { decodeSafetensors } from "../../server/ml/safetensors.ts";

/** The averaged weights of a checkpoint of `npm run pretrain`, or those of a file of weights. */
export function readWeights(file: string): FlowWeights & { step?: number } {
  const bytes = readFileSync(file);
  const { tensors: saved, metadata } = decodeSafetensors(bytes);
  if (!metadata.run) return decodeFlowWeights(bytes);
  const tensors = new Map<string, Float32Array>();
  for (const name of flowShapes(FLOW_32).keys()) {
    const tensor = saved.get(`state.${averageName(name)}`);
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`${file} holds no averaged weights.`);
    tensors.set(name, tensor.data);
  }
  return { architecture: FLOW_32, tensors, step: Number(metadata.step) };
}
