import type { Value } from "../../onnx/graph.ts";
import { attention, linear, rmsNorm } from "../../onnx/layers.ts";
import type { GraphBuilder } from "../../onnx/operators.ts";
import { at } from "../../onnx/shape.ts";
import { type FlowArchitecture, MODULATIONS, tokensOf } from "./architecture.ts";
import { addSquares, cutSquares } from "./squares.ts";

export interface FlowInputs {
  /** noisy images [batch, s, s, 3] */
  readonly noisy: Value;
  /** features of the time [batch, TIME_FEATURES] */
  readonly time: Value;
  /** features of the prompt [batch, textFeatures]; zeros: no prompt */
  readonly text: Value;
}

/**
 * The clean image as the network sees it through the noise: x^(z, t, prompt) [batch, s, s, 3], about -1..1.
 * A diffusion transformer (Peebles and Xie 2023) with one shared projection of the condition and an offset for each block
 * (PixArt-alpha's adaLN-single), tokens for the prompt beside those of the image, RMS norms, no biases inside blocks.
 */
export function denoise(
  g: GraphBuilder,
  values: (name: string) => Value,
  { inputs, architecture: a }: { inputs: FlowInputs; architecture: FlowArchitecture },
): Value {
  const batch = at(inputs.noisy.shape, 0);
  const layer = (x: Value, name: string) =>
    linear(g, x, { weight: values(`${name}.weight`), bias: values(`${name}.bias`) });
  const { condition, prompt } = conditions(g, values, { inputs, architecture: a });
  const image = g.add(layer(cutSquares(g, inputs.noisy, a), "image"), values("position"));
  const shared = linear(g, condition, { weight: values("modulation.weight") });
  let x = g.concat([image, prompt], 1);
  for (let i = 0; i < a.blocks; i++) {
    const own = g.reshape(g.add(shared, values(`block.${i}.modulation`)), [batch, 1, MODULATIONS * a.width]);
    x = block(g, x, {
      modulations: g.split(own, Array(MODULATIONS).fill(a.width), 2),
      weight: (name) => values(`block.${i}.${name}`),
      heads: a.heads,
    });
  }
  const last = g.reshape(layer(condition, "final.modulation"), [batch, 1, 2 * a.width]);
  const [shift, scale] = g.split(last, [a.width, a.width], 2);
  if (!shift || !scale) throw new Error("two parts");
  const seen = g.slice(x, 1, { start: 0, end: tokensOf(a) });
  return addSquares(g, layer(modulated(g, seen, { shift, scale }), "output"), a);
}

/** The vector that steers all blocks [batch, width], and the tokens of the prompt [batch, textTokens, width]. */
function conditions(
  g: GraphBuilder,
  values: (name: string) => Value,
  { inputs, architecture: a }: { inputs: FlowInputs; architecture: FlowArchitecture },
): { condition: Value; prompt: Value } {
  const batch = at(inputs.noisy.shape, 0);
  const layer = (x: Value, name: string) =>
    linear(g, x, { weight: values(`${name}.weight`), bias: values(`${name}.bias`) });
  const time = linear(g, silu(g, layer(inputs.time, "time.1")), { weight: values("time.2.weight") });
  const text = limited(g, layer(silu(g, layer(inputs.text, "text.1")), "text.2"));
  const [whole, tokens] = g.split(text, [a.width, a.textTokens * a.width], 1);
  if (!whole || !tokens) throw new Error("two parts");
  return { condition: silu(g, g.add(time, whole)), prompt: g.reshape(tokens, [batch, a.textTokens, a.width]) };
}

/** x + gate attention(norm(x)), then x + gate feedForward(norm(x)); x [batch, tokens, width]. */
function block(
  g: GraphBuilder,
  x: Value,
  options: { modulations: readonly Value[]; weight: (name: string) => Value; heads: number },
): Value {
  const { modulations: m, weight } = options;
  const attended = selfAttention(g, modulated(g, x, { shift: at(m, 0), scale: at(m, 1) }), options);
  const mixed = g.add(x, g.mul(attended, at(m, 2)));
  const hidden = g.relu(linear(g, modulated(g, mixed, { shift: at(m, 3), scale: at(m, 4) }), { weight: weight("up") }));
  return g.add(mixed, g.mul(linear(g, hidden, { weight: weight("down") }), at(m, 5)));
}

function selfAttention(
  g: GraphBuilder,
  x: Value,
  { weight, heads }: { weight: (name: string) => Value; heads: number },
): Value {
  const [batch, tokens, width] = [at(x.shape, 0), at(x.shape, 1), at(x.shape, 2)];
  const projected = g.reshape(linear(g, x, { weight: weight("qkv") }), [batch, tokens, 3, heads, width / heads]);
  const parts = g.split(g.transpose(projected, [2, 0, 3, 1, 4]), [1, 1, 1], 0);
  const [q, k, v] = parts.map((part) => g.reshape(part, part.shape.slice(1)));
  if (!q || !k || !v) throw new Error("three parts");
  const mixed = g.reshape(g.transpose(attention(g, { q, k, v }), [0, 2, 1, 3]), [batch, tokens, width]);
  return linear(g, mixed, { weight: weight("mix") });
}

/**
 * The root mean square of a prompt's numbers is 0.2 to 1.5 where it was trained on. Rare words point away from all of those, and
 * gave up to 90 ("ZZZ"), and images of 3,000 in place of 1.
 */
const MOST_TEXT = 1.6;

/** x as it is up to a root mean square of `MOST_TEXT` along the last axis, x of that length above. */
function limited(g: GraphBuilder, x: Value): Value {
  const power = g.reduceMean(g.mul(x, x), [x.shape.length - 1], true);
  const excess = g.relu(g.sub(g.mul(power, 1 / MOST_TEXT ** 2), 1));
  return g.div(x, g.sqrt(g.add(excess, 1)));
}

/** norm(x) (1 + scale) + shift */
function modulated(g: GraphBuilder, x: Value, { shift, scale }: { shift: Value; scale: Value }): Value {
  return g.add(g.mul(rmsNorm(g, x), g.add(scale, 1)), shift);
}

function silu(g: GraphBuilder, x: Value): Value {
  return g.mul(x, g.sigmoid(x));
}
