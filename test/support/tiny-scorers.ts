/**
 * Models of the shapes that the built-in scorer cards read, with random weights, and what they give for an image, computed in
 * plain TypeScript. Written into a folder under the names that the cards look for.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Value } from "../../server/ml/onnx/graph.ts";
import { GraphBuilder } from "../../server/ml/onnx/operators.ts";
import { Random } from "../../server/ml/onnx/random.ts";

/** [channel][pixel], normalised as the card says */
export type Planes = readonly (readonly number[])[];

const CELLS = 49;
const EMBEDDING = 16;
const VOCABULARY = 49408;

function randoms(seed: number, length: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal());
}

const reshape = (g: GraphBuilder, x: Value, rest: readonly number[]): Value =>
  g.emit("Reshape", [x, g.integers([0, ...rest])], { shape: [x.shape[0] ?? 1, ...rest] });

/** Mean of each of 7 x 7 cells of each channel: [N, 147]. */
function cells(g: GraphBuilder, image: Value): Value {
  const cell = Math.floor((image.shape[2] ?? 0) / 7);
  const attributes = { kernel_shape: [cell, cell], strides: [cell, cell] };
  return reshape(g, g.emit("AveragePool", [image], { shape: [1, 3, 7, 7], attributes }), [3 * CELLS]);
}

function cellsOf(planes: Planes): number[] {
  const side = Math.sqrt(planes[0]?.length ?? 0);
  const cell = Math.floor(side / 7);
  return planes.flatMap((plane) =>
    Array.from({ length: CELLS }, (_, i) => {
      const [top, left] = [Math.floor(i / 7) * cell, (i % 7) * cell];
      let sum = 0;
      for (let y = top; y < top + cell; y++) for (let x = left; x < left + cell; x++) sum += plane[y * side + x] ?? 0;
      return sum / cell ** 2;
    }),
  );
}

/** x W, W [x.length, width] */
const times = (x: readonly number[], weights: Float32Array, width: number): number[] =>
  Array.from({ length: width }, (_, k) => x.reduce((sum, value, i) => sum + value * (weights[i * width + k] ?? 0), 0));

/** The vision tower of CLIP: pixel_values -> image_embeds [N, 16]. */
export function imageTower(seed: number): Uint8Array {
  const g = new GraphBuilder();
  const flat = cells(g, g.input("pixel_values", [1, 3, 224, 224]));
  g.output("image_embeds", g.matmul(flat, g.constant(randoms(seed, 3 * CELLS * EMBEDDING), [3 * CELLS, EMBEDDING])));
  return g.encode({ dynamicBatch: "N" });
}
export const imageEmbedding = (seed: number, planes: Planes): number[] =>
  times(cellsOf(planes), randoms(seed, 3 * CELLS * EMBEDDING), EMBEDDING);

/** Tokens' vectors, summed with a weight for each place: [N, 16]. */
function tokenSum(g: GraphBuilder, ids: Value, seed: number): Value {
  const length = ids.shape[1] ?? 0;
  const vectors = g.gather(g.constant(randoms(seed, VOCABULARY * EMBEDDING), [VOCABULARY, EMBEDDING]), ids);
  const weighted = g.mul(vectors, g.constant(randoms(seed + 1, length), [1, length, 1]));
  return g.reduceSum(weighted, [1]);
}

/** The text tower of CLIP: input_ids -> text_embeds [N, 16]. */
export function textTower(seed: number, mask = false): Uint8Array {
  const g = new GraphBuilder();
  const ids = g.input("input_ids", [1, 77], "int64");
  const sum = tokenSum(g, ids, seed);
  // what it adds is 0: exports may read a mask that changes nothing
  const unused = mask
    ? g.mul(g.reduceSum(g.cast(g.input("attention_mask", [1, 77], "int64"), "float32"), [1], true), 0)
    : 0;
  g.output("text_embeds", g.add(sum, unused));
  return g.encode({ dynamicBatch: "N" });
}
export function textEmbedding(seed: number, ids: readonly number[]): number[] {
  const [table, places] = [randoms(seed, VOCABULARY * EMBEDDING), randoms(seed + 1, ids.length)];
  return Array.from({ length: EMBEDDING }, (_, k) =>
    ids.reduce((sum, id, i) => sum + (table[id * EMBEDDING + k] ?? 0) * (places[i] ?? 0), 0),
  );
}

/** ImageReward's shape: tanh(image and masked text together) through a linear head -> reward [N, 1]. */
export function rewardHead(seed: number): Uint8Array {
  const g = new GraphBuilder();
  const image = cells(g, g.input("pixel_values", [1, 3, 224, 224]));
  const ids = g.input("input_ids", [1, 35], "int64");
  const mask = g.cast(g.input("attention_mask", [1, 35], "int64"), "float32");
  const table = g.constant(randoms(seed, VOCABULARY * EMBEDDING), [VOCABULARY, EMBEDDING]);
  const text = g.reduceSum(
    g.mul(g.gather(table, ids), g.emit("Unsqueeze", [mask, g.integers([2])], { shape: [1, 35, 1] })),
    [1],
  );
  const seen = g.matmul(image, g.constant(randoms(seed + 1, 3 * CELLS * EMBEDDING), [3 * CELLS, EMBEDDING]));
  g.output("reward", g.matmul(g.tanh(g.add(seen, text)), g.constant(randoms(seed + 2, EMBEDDING), [EMBEDDING, 1])));
  return g.encode({ dynamicBatch: "N" });
}
export function reward(seed: number, planes: Planes, ids: readonly number[]): number {
  const table = randoms(seed, VOCABULARY * EMBEDDING);
  const seen = times(cellsOf(planes), randoms(seed + 1, 3 * CELLS * EMBEDDING), EMBEDDING);
  const head = randoms(seed + 2, EMBEDDING);
  return seen.reduce((sum, x, k) => {
    const text = ids.reduce((all, id) => all + (table[id * EMBEDDING + k] ?? 0), 0);
    return sum + Math.tanh(x + text) * (head[k] ?? 0);
  }, 0);
}

const CHANNELS = 4;
const PATCH = 8;

/** LPIPS's shape: features of unit length at each place, weighted squared difference, mean -> distance [N, 1, 1, 1]. */
export function perceptualDistance(seed: number): Uint8Array {
  const g = new GraphBuilder();
  const side = 256 / PATCH;
  const kernel = g.constant(randoms(seed, CHANNELS * 3 * PATCH * PATCH), [CHANNELS, 3, PATCH, PATCH]);
  const features = (image: Value) => {
    const attributes = { kernel_shape: [PATCH, PATCH], strides: [PATCH, PATCH] };
    const x = g.emit("Conv", [image, kernel], { shape: [1, CHANNELS, side, side], attributes });
    return g.div(x, g.add(g.sqrt(g.reduceSum(g.mul(x, x), [1], true)), 1e-10));
  };
  const difference = g.sub(features(g.input("in0", [1, 3, 256, 256])), features(g.input("in1", [1, 3, 256, 256])));
  const weights = g.constant(randoms(seed + 1, CHANNELS).map(Math.abs), [1, CHANNELS, 1, 1]);
  const weighted = g.reduceSum(g.mul(g.mul(difference, difference), weights), [1], true);
  g.output("distance", g.reduceMean(weighted, [2, 3], true));
  return g.encode({ dynamicBatch: "N" });
}
export function distance(seed: number, a: Planes, b: Planes): number {
  const kernel = randoms(seed, CHANNELS * 3 * PATCH * PATCH);
  const weights = randoms(seed + 1, CHANNELS).map(Math.abs);
  const side = 256 / PATCH;
  const features = (planes: Planes, row: number, column: number): number[] => {
    const x = Array.from({ length: CHANNELS }, (_, k) => {
      let sum = 0;
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < PATCH * PATCH; i++) {
          const [y, dx] = [row * PATCH + Math.floor(i / PATCH), column * PATCH + (i % PATCH)];
          sum += (planes[c]?.[y * 256 + dx] ?? 0) * (kernel[(k * 3 + c) * PATCH * PATCH + i] ?? 0);
        }
      return sum;
    });
    const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0)) + 1e-10;
    return x.map((value) => value / norm);
  };
  let total = 0;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [one, other] = [features(a, row, column), features(b, row, column)];
      for (let k = 0; k < CHANNELS; k++) total += (weights[k] ?? 0) * ((one[k] ?? 0) - (other[k] ?? 0)) ** 2;
    }
  return total / side ** 2;
}

const CLIP_FEATURES = 10;

/** I3D's shape: video [N, 3, 16, 224, 224] -> features [N, 10], of each frame's mean colours. */
export function videoFeatures(seed: number): Uint8Array {
  const g = new GraphBuilder();
  const means = reshape(g, g.reduceMean(g.input("video", [1, 3, 16, 224, 224]), [3, 4]), [48]);
  g.output("features", g.matmul(means, g.constant(randoms(seed, 48 * CLIP_FEATURES), [48, CLIP_FEATURES])));
  return g.encode({ dynamicBatch: "N" });
}
/** frames: the planes of each */
export function clipFeatures(seed: number, frames: readonly Planes[]): number[] {
  const mean = (plane: readonly number[] = []) => plane.reduce((sum, x) => sum + x, 0) / plane.length;
  const means = [0, 1, 2].flatMap((channel) => frames.map((planes) => mean(planes[channel])));
  return times(means, randoms(seed, 48 * CLIP_FEATURES), CLIP_FEATURES);
}

/** Inception's shape: image [N, 3, 299, 299] -> pool3 [N, 16, 1, 1]. */
export function imageFeatures(seed: number): Uint8Array {
  const g = new GraphBuilder();
  const flat = cells(g, g.input("image", [1, 3, 299, 299]));
  const made = g.matmul(flat, g.constant(randoms(seed, 3 * CELLS * EMBEDDING), [3 * CELLS, EMBEDDING]));
  g.output("pool3", reshape(g, made, [EMBEDDING, 1, 1]));
  return g.encode({ dynamicBatch: "N" });
}

/** Every file that the built-in cards want beside nsfwjs's, made from these seeds. */
export const SEEDS = {
  clipImage: 1,
  clipText: 2,
  pick: 4,
  hps: 7,
  reward: 10,
  lpips: 14,
  video: 16,
  inception: 18,
} as const;

export async function writeTinyScorers(folder: string): Promise<void> {
  const fixtures = new URL("../fixtures/scorers/", import.meta.url);
  const tokenizer = async (name: string) =>
    JSON.stringify(
      JSON.parse(await readFile(new URL(`${name}-tokens.fixture.json`, fixtures), { encoding: "utf8" })).tokenizer,
    );
  const files: Record<string, Uint8Array | string> = {
    "clip.tokenizer.json": await tokenizer("clip"),
    "bert-base-uncased.tokenizer.json": await tokenizer("bert"),
    "clip-vit-b32.image.onnx": imageTower(SEEDS.clipImage),
    "clip-vit-b32.text.onnx": textTower(SEEDS.clipText),
    "pickscore.image.onnx": imageTower(SEEDS.pick),
    // these are over 2 GB, so their weights lie beside them; the tiny ones have theirs inside
    "pickscore.image.onnx.data": "",
    "hpsv2.image.onnx.data": "",
    "pickscore.text.onnx": textTower(SEEDS.pick + 1, true),
    "hpsv2.image.onnx": imageTower(SEEDS.hps),
    "hpsv2.text.onnx": textTower(SEEDS.hps + 1),
    "imagereward.onnx": rewardHead(SEEDS.reward),
    "lpips-alex.onnx": perceptualDistance(SEEDS.lpips),
    "i3d-kinetics400.onnx": videoFeatures(SEEDS.video),
    "inception-2015-12-05.onnx": imageFeatures(SEEDS.inception),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}
