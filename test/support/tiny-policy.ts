import { Random } from "../../server/ml/onnx/random.ts";
import { elementCount } from "../../server/ml/onnx/shape.ts";
import { FLOW_32, type FlowArchitecture, flowShapes } from "../../server/ml/policies/flow/architecture.ts";
import { encodeFlowWeights } from "../../server/ml/policies/flow/weights-file.ts";

/** The embedded generator in its smallest form, 8 x 8 pixels. */
const TINY: FlowArchitecture = {
  ...FLOW_32,
  ...{ imageSize: 8, width: 16, blocks: 1, heads: 2, hidden: 32, textTokens: 1, textHidden: 16 },
};

/** Weights drawn at random: what it draws is coloured noise that depends on prompt and seed. */
export function tinyPolicy(seed = 1): Uint8Array {
  const tensors = new Map(
    [...flowShapes(TINY)].map(([name, shape], i) => {
      const data = new Float32Array(elementCount(shape));
      new Random(seed, i).fillNormal(data);
      const deviation = 1 / Math.sqrt(shape[1] ?? 4);
      return [name, data.map((value) => value * deviation)] as const;
    }),
  );
  return encodeFlowWeights({ architecture: TINY, tensors });
}
