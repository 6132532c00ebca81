import { createRequire } from "node:module";
import { join } from "node:path";
import type { TfjsModel, TfjsModelJson } from "./tfjs-model.ts";

/** The few calls of TensorFlow.js that are used; it is not a dependency of the project. */
export interface TfjsTensor {
  data(): Promise<Float32Array>;
  readonly shape: readonly number[];
  reshape(shape: number[]): TfjsTensor;
}
export interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array, shape: number[]): TfjsTensor;
  image: { resizeBilinear(x: TfjsTensor, size: [number, number], alignCorners: boolean): TfjsTensor };
  io: { fromMemory(artifacts: object): object };
  loadGraphModel(handler: object): Promise<{ execute(x: TfjsTensor, outputs: string[]): TfjsTensor[] }>;
}

/** TensorFlow.js on its CPU backend. modules: a node_modules folder that has it */
export async function loadTfjs(modules: string): Promise<Tfjs> {
  const tf = createRequire(join(modules, "x.js"))("@tensorflow/tfjs") as Tfjs;
  await tf.setBackend("cpu");
  return tf;
}

/** The model declares 224 px, which tfjs insists on; the declaration is opened, the network does not depend on it. */
export async function loadNetwork(tf: Tfjs, { json, weightData }: TfjsModel) {
  const copy = structuredClone(json) as TfjsModelJson;
  for (const node of copy.modelTopology.node) {
    if (node.op !== "Placeholder") continue;
    for (const dimension of node.attr?.shape?.shape?.dim ?? []) if (dimension.size === "224") dimension.size = "-1";
  }
  const weightSpecs = copy.weightsManifest.flatMap((group) => group.weights);
  return tf.loadGraphModel(
    tf.io.fromMemory({ modelTopology: copy.modelTopology, weightSpecs, weightData: weightData.buffer }),
  );
}
