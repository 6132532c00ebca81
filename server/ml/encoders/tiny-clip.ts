import { GraphBuilder } from "../onnx/operators.ts";
import { Random } from "../onnx/random.ts";

/**
 * For tests: an encoder that needs no download.
 * A graph of CLIP's shape: 7 x 7 patches (each the mean of a cell of pixels, per channel) and a CLS token (the mean of all
 * patches), projected to 768 by fixed random weights.
 */
export function tinyClip(output = "last_hidden_state"): Uint8Array {
  const g = new GraphBuilder();
  const x = g.input("pixel_values", [1, 3, 224, 224]);
  const cells = g.emit("AveragePool", [x], {
    shape: [1, 3, 7, 7],
    attributes: { kernel_shape: [32, 32], strides: [32, 32] },
  });
  const flat = g.emit("Reshape", [cells, g.integers([0, 3, 49])], { shape: [1, 3, 49] });
  const patches = g.transpose(flat, [0, 2, 1]);
  const tokens = g.concat([g.reduceMean(patches, [1], true), patches], 1);
  const random = new Random(5);
  const projection = g.constant(
    Float32Array.from({ length: 3 * 768 }, () => random.normal()),
    [3, 768],
  );
  g.output(output, g.matmul(tokens, projection));
  return g.encode({ dynamicBatch: "N" });
}
