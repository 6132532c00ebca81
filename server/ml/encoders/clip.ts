import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../../shared/user-error.ts";
import { appendModel } from "../onnx/compose.ts";
import type { Value } from "../onnx/graph.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import type { TensorValue } from "../onnx/session.ts";
import type { Encoder, EncoderCard } from "./encoder.ts";
import { EncoderLanes } from "./encoder-lanes.ts";
import { OnnxEncoder, type StatisticPair } from "./onnx-encoder.ts";

/** Tokens of ViT-B/32 at 224 px: CLS and 7 x 7 patches. */
const TOKENS = 50;
const WIDTH = 768;
const OUTPUT = "last_hidden_state";
/** Images per run: each run reads all 350 MB of weights. */
const RUN_SIZE = 4;

export const CLIP_CARD: Omit<EncoderCard, "sha256"> = {
  id: "clip-vit-b32",
  version: "2",
  licence: "unknown",
  width: WIDTH,
  // openai/clip-vit-base-patch32, preprocessor_config.json
  preprocessing: {
    width: 224,
    height: 224,
    fit: "crop",
    kernel: "bicubic",
    background: "#ffffff",
    tensor: "float32-nchw",
    mean: [0.48145466, 0.4578275, 0.40821073],
    deviation: [0.26862954, 0.26130258, 0.27577711],
  },
};

/**
 * CLIP ViT-B/32's vision tower from an ONNX file: input float32 [N, 3, 224, 224], output `last_hidden_state` [N, 50, 768].
 * First vector: the CLS token; second: the mean of all 50 tokens (paper, table 6). Throws a UserError where the path is
 * not given, the file is missing or is not such a model.
 */
export async function loadClip(modelPath: string | undefined): Promise<Encoder> {
  if (!modelPath) {
    throw new UserError(
      "BAD_INPUT",
      "Encoder clip-vit-b32 needs a model: set GANRM_CLIP_MODEL to the path of CLIP ViT-B/32's vision tower in ONNX.",
      "encoder",
    );
  }
  await access(modelPath).catch(() => {
    throw new UserError(
      "BAD_INPUT",
      `Encoder clip-vit-b32: GANRM_CLIP_MODEL names "${modelPath}", which can't be read.`,
      "encoder",
    );
  });
  const sha256 = await hashFile(modelPath);
  const { preprocessing } = CLIP_CARD;
  const lanes = await EncoderLanes.create({ model: modelPath, preprocessing, runSize: RUN_SIZE });
  if (lanes.inputNames.length !== 1 || !lanes.outputNames.includes(OUTPUT)) {
    const found = `inputs ${lanes.inputNames.join(", ")}; outputs ${lanes.outputNames.join(", ")}`;
    await lanes.dispose();
    throw new UserError(
      "BAD_INPUT",
      `"${modelPath}" must have one input and the output ${OUTPUT}; it has ${found}. Export the vision model alone.`,
      "encoder",
    );
  }
  return new OnnxEncoder({
    card: { ...CLIP_CARD, sha256 },
    lanes,
    readOutputs: (outputs, n) => poolTokens(outputs[OUTPUT], n),
    imageModel: async () => appendPooling(await readFile(modelPath)),
  });
}

/**
 * The vision tower with `first` (CLS token) and `second` (mean of all tokens) for outputs instead of the tokens.
 * The mean is a product with 1/50, because ReduceMean takes its axes otherwise in operator set 18 than before.
 */
export function appendPooling(visionTower: Uint8Array): Uint8Array {
  const g = new GraphBuilder("float32", undefined, "pooling/");
  const images = 2; // stands for the batch, which no constant depends on
  const tokens = g.input(OUTPUT, [images, TOKENS, WIDTH]);
  const mean = g.constant(new Float32Array(TOKENS).fill(1 / TOKENS), [1, TOKENS]);
  const row = (x: Value) => g.emit("Squeeze", [x, g.integers([1])], { shape: [images, WIDTH] });
  g.output("first", row(g.slice(tokens, 1, { start: 0, end: 1 })));
  g.output("second", row(g.emit("MatMul", [mean, tokens], { shape: [images, 1, WIDTH] })));
  return appendModel(visionTower, g, { dynamicBatch: "N" });
}

/** [n, 50, 768] -> the CLS token and the mean of all tokens (CLS among them), each [n, 768]. */
export function poolTokens(tokens: TensorValue | undefined, images: number): StatisticPair {
  const shape = [images, TOKENS, WIDTH];
  if (!(tokens?.data instanceof Float32Array) || tokens.shape.join() !== shape.join()) {
    throw new UserError(
      "BAD_INPUT",
      `The model's ${OUTPUT} must be float32 [${shape}], not ${tokens?.dtype} [${tokens?.shape}].`,
      "encoder",
    );
  }
  const first = new Float32Array(images * WIDTH);
  const second = new Float32Array(images * WIDTH);
  const sum = new Float64Array(WIDTH);
  for (let i = 0; i < images; i++) {
    const image = tokens.data.subarray(i * TOKENS * WIDTH, (i + 1) * TOKENS * WIDTH);
    first.set(image.subarray(0, WIDTH), i * WIDTH);
    sum.fill(0);
    for (const [k, x] of image.entries()) sum[k % WIDTH] = (sum[k % WIDTH] ?? 0) + x;
    second.set(
      sum.map((total) => total / TOKENS),
      i * WIDTH,
    );
  }
  return { first, second };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
