import { Random } from "../../onnx/random.ts";
import { elementCount, type Shape } from "../../onnx/shape.ts";
import type { ParameterSpec } from "../../onnx/trainer.ts";

/** Sizes of the flow transformer. A file of weights names its own (weights-file.ts). */
export interface FlowArchitecture {
  /** pixels of a side, a multiple of `patch` */
  readonly imageSize: number;
  /** pixels between two tokens; each token sees and draws a square of twice this side, so that squares overlap by half */
  readonly patch: number;
  /** numbers of a token, a multiple of 4 and of `heads` */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** hidden width of a block's feed-forward part */
  readonly hidden: number;
  /** tokens that stand for the prompt beside those of the image */
  readonly textTokens: number;
  /** numbers of a prompt's features, see prompt-features.ts */
  readonly textFeatures: number;
  readonly textHidden: number;
}

/** The policy of the demo: 3.6 million parameters. */
export const FLOW_32: FlowArchitecture = {
  imageSize: 32,
  patch: 4,
  width: 192,
  blocks: 6,
  heads: 4,
  hidden: 768,
  textTokens: 4,
  textFeatures: 656,
  textHidden: 384,
};

/** Features of the time, see time-features.ts. */
export const TIME_FEATURES = 128;

export const tokensOf = ({ imageSize, patch }: FlowArchitecture): number => (imageSize / patch) ** 2;
/** Numbers of the overlapping square of a token. */
export const squareOf = ({ patch }: FlowArchitecture): number => (2 * patch) ** 2 * 3;
/** shift, scale and gate, of the attention and of the feed-forward part */
export const MODULATIONS = 6;

/** Names and shapes of the weights, in the order in which they are drawn. Weight matrices are [out, in], as in PyTorch. */
export function flowShapes(a: FlowArchitecture): Map<string, Shape> {
  const { width } = a;
  const shapes = new Map<string, Shape>([
    ["image.weight", [width, squareOf(a)]],
    ["image.bias", [width]],
    ["position", [tokensOf(a), width]],
    ["time.1.weight", [width, TIME_FEATURES]],
    ["time.1.bias", [width]],
    ["time.2.weight", [width, width]],
    ["text.1.weight", [a.textHidden, a.textFeatures]],
    ["text.1.bias", [a.textHidden]],
    ["text.2.weight", [(1 + a.textTokens) * width, a.textHidden]],
    ["text.2.bias", [(1 + a.textTokens) * width]],
    ["modulation.weight", [MODULATIONS * width, width]],
  ]);
  for (let i = 0; i < a.blocks; i++) {
    shapes
      .set(`block.${i}.modulation`, [MODULATIONS * width])
      .set(`block.${i}.qkv`, [3 * width, width])
      .set(`block.${i}.mix`, [width, width])
      .set(`block.${i}.up`, [a.hidden, width])
      .set(`block.${i}.down`, [width, a.hidden]);
  }
  return shapes
    .set("final.modulation.weight", [2 * width, width])
    .set("final.modulation.bias", [2 * width])
    .set("output.weight", [squareOf(a), width])
    .set("output.bias", [squareOf(a)]);
}

/** Zero at the start, so that every block begins as the identity and the first drawing is grey (adaLN-Zero of DiT). */
const isZero = (name: string) => /bias$|modulation|^output/.test(name);

/** Matrices of weights decay; biases, positions and modulations do not. */
export const isDecayed = (name: string, shape: Shape) => shape.length > 1 && name !== "position";

/** Start values: normal with deviation 1 / sqrt(inputs); positions as sines and cosines. */
export function initialFlowParameters(a: FlowArchitecture, seed: number): ParameterSpec[] {
  return [...flowShapes(a)].map(([name, shape], i) => {
    const initial = name === "position" ? positions(a) : new Float32Array(elementCount(shape));
    if (name !== "position" && !isZero(name)) {
      new Random(seed, i).fillNormal(initial);
      const deviation = 1 / Math.sqrt(shape[1] ?? 1);
      for (const [k, x] of initial.entries()) initial[k] = x * deviation;
    }
    return { name, shape, initial, decayed: isDecayed(name, shape) };
  });
}

/**
 * Sines and cosines of row and column, of unit scale. With the customary small random start the loss was a fifth higher
 * after 80,000 images, and the drawings were shapeless.
 */
function positions(a: FlowArchitecture): Float32Array {
  const side = a.imageSize / a.patch;
  const quarter = a.width / 4;
  const table = new Float32Array(side * side * a.width);
  for (let token = 0; token < side * side; token++) {
    for (const [axis, place] of [Math.floor(token / side), token % side].entries()) {
      for (let k = 0; k < quarter; k++) {
        const angle = place / 100 ** (k / quarter);
        table[token * a.width + 2 * axis * quarter + k] = Math.sin(angle);
        table[token * a.width + (2 * axis + 1) * quarter + k] = Math.cos(angle);
      }
    }
  }
  return table;
}
