import { elementCount, sameShape } from "../../onnx/shape.ts";
import type { ParameterSpec } from "../../onnx/trainer.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "../../safetensors.ts";
import { type FlowArchitecture, flowShapes, isDecayed } from "./architecture.ts";

/** What the metadata of a file of the embedded policy's weights names itself. */
const FORMAT = "gan-rm-flow-1";

export interface FlowWeights {
  readonly architecture: FlowArchitecture;
  /** by the names of `flowShapes` */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** float16 halves a file; half a thousandth of each number is lost, which no drawing shows. */
export function encodeFlowWeights(
  { architecture, tensors }: FlowWeights,
  precision: "float32" | "float16" = "float32",
): Uint8Array {
  const file = new Map<string, SafetensorsTensor<Float32Array | Float16Array>>();
  for (const [name, shape] of flowShapes(architecture)) {
    const data = tensors.get(name);
    if (!data) throw new Error(`The policy's weights lack "${name}".`);
    file.set(name, { shape, data: precision === "float16" ? Float16Array.from(data) : data });
  }
  return encodeSafetensors({
    tensors: file,
    metadata: { format: FORMAT, architecture: JSON.stringify(architecture) },
  });
}

/** Throws on a file that is not a complete set of this policy's weights. */
export function decodeFlowWeights(bytes: Uint8Array): FlowWeights {
  const { tensors: file, metadata } = decodeSafetensors(bytes);
  if (metadata.format !== FORMAT) {
    throw new Error(`weights: a file of the embedded policy says format "${FORMAT}", this one "${metadata.format}".`);
  }
  const architecture = readArchitecture(metadata.architecture ?? "");
  const tensors = new Map<string, Float32Array>();
  for (const [name, shape] of flowShapes(architecture)) {
    const tensor = file.get(name);
    if (!(tensor?.data instanceof Float32Array && sameShape(tensor.shape, shape))) {
      throw new Error(`weights: "${name}" should be floats of shape [${shape}].`);
    }
    tensors.set(name, tensor.data);
  }
  return { architecture, tensors };
}

/** Start values of a training that goes on from these weights. */
export function parametersFrom({ architecture, tensors }: FlowWeights): ParameterSpec[] {
  return [...flowShapes(architecture)].map(([name, shape]) => ({
    name,
    shape,
    initial: tensors.get(name) ?? new Float32Array(elementCount(shape)),
    decayed: isDecayed(name, shape),
  }));
}

const SIZES = ["imageSize", "patch", "width", "blocks", "heads", "hidden", "textTokens", "textFeatures", "textHidden"];

function readArchitecture(text: string): FlowArchitecture {
  const sizes: unknown = JSON.parse(text);
  if (!isArchitecture(sizes)) throw new Error(`weights: the architecture should hold ${SIZES.join(", ")}.`);
  return sizes;
}

function isArchitecture(value: unknown): value is FlowArchitecture {
  if (typeof value !== "object" || value === null) return false;
  const sizes = new Map(Object.entries(value));
  return SIZES.every((name) => Number.isSafeInteger(sizes.get(name)) && sizes.get(name) > 0);
}
