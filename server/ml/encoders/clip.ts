import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../../../shared/user-error.ts";
import { appendModel } from "../onnx/compose.ts";
import { exposeOutput, modelValues } from "../onnx/expose.ts";
import type { Value } from "../onnx/graph.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import type { Provider, TensorValue } from "../onnx/session.ts";
import type { Encoder, EncoderCard } from "./encoder.ts";
import { EncoderLanes } from "./encoder-lanes.ts";
import { cachedModel, sha256Of } from "./model-hub.ts";
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

/** Where the model comes from. */
export interface ClipSource {
  /** A file of the user's, GANRM_CLIP_MODEL; without it the model is downloaded. */
  readonly path?: string;
  /** GANRM_CLIP_URL */
  readonly url: string;
  /** GANRM_CLIP_SHA256: what the file must be, hex; without it a download is checked against what the hub says. */
  readonly sha256?: string;
  /** GANRM_CACHE_DIR */
  readonly cacheDirectory: string;
}

const HUB_URL = "https://huggingface.co/Xenova/clip-vit-base-patch32/resolve/main/onnx/vision_model.onnx";

export function clipSource(env: NodeJS.ProcessEnv = process.env): ClipSource {
  return {
    path: env.GANRM_CLIP_MODEL,
    url: env.GANRM_CLIP_URL ?? HUB_URL,
    sha256: env.GANRM_CLIP_SHA256,
    cacheDirectory: env.GANRM_CACHE_DIR ?? join(homedir(), ".cache", "gan-rm-lab"),
  };
}

/**
 * CLIP ViT-B/32's vision tower from an ONNX file: input float32 [N, 3, 224, 224], output `last_hidden_state` [N, 50, 768],
 * or the same value inside, as exports have it that give only the projected embedding.
 * First vector: the CLS token; second: the mean of all 50 tokens (paper, table 6). Throws a UserError where the file can't
 * be had, is not the declared one or is not such a model.
 */
export async function loadClip(source: ClipSource, provider: Provider): Promise<Encoder> {
  const file = source.path || (await cachedModel(source, source.cacheDirectory));
  const sha256 = await sha256Of(file).catch(() => {
    throw new UserError(
      "BAD_INPUT",
      `Encoder clip-vit-b32: GANRM_CLIP_MODEL names "${file}", which can't be read.`,
      "encoder",
    );
  });
  if (source.sha256 && sha256 !== source.sha256)
    throw new UserError(
      "BAD_INPUT",
      `Encoder clip-vit-b32: "${file}" has sha256 ${sha256}, not ${source.sha256} as GANRM_CLIP_SHA256 says.`,
      "encoder",
    );
  const model = await withTokens(file, sha256, source.cacheDirectory);
  const { preprocessing } = CLIP_CARD;
  const lanes = await EncoderLanes.create({ model, preprocessing, runSize: RUN_SIZE, provider });
  if (lanes.inputNames.length !== 1) {
    await lanes.dispose();
    throw new UserError(
      "BAD_INPUT",
      `"${file}" must have one input; it has ${lanes.inputNames.join(", ")}. Export the vision model alone.`,
      "encoder",
    );
  }
  return new OnnxEncoder({
    card: { ...CLIP_CARD, sha256 },
    lanes,
    readOutputs: (outputs, n) => poolTokens(outputs[OUTPUT], n),
    imageModel: async () => appendPooling(await readFile(model)),
  });
}

/** The tokens' name in exports by PyTorch: the last of 12 layers ends in the sum with its input. */
const INNER_TOKENS = /\/layers\.11\/Add_1_output_0$/;

/** Path of a file with the tokens as output: the file itself, or a copy of it in the cache that gives them. */
async function withTokens(file: string, sha256: string, cacheDirectory: string): Promise<string> {
  const adapted = join(cacheDirectory, "models", `${sha256}.tokens.onnx`);
  const model = await readFile(file);
  const { outputs, computed } = modelValues(model);
  if (outputs.includes(OUTPUT)) return file;
  const inner = computed.find((name) => INNER_TOKENS.test(name));
  if (!inner)
    throw new UserError(
      "BAD_INPUT",
      `"${file}" must have the output ${OUTPUT}; it has ${outputs.join(", ")}. Export the vision model alone.`,
      "encoder",
    );
  const tokens = { name: OUTPUT, dtype: "float32" as const, shape: [1, TOKENS, WIDTH] };
  await mkdir(dirname(adapted), { recursive: true });
  const temporary = `${adapted}.${process.pid}`;
  await writeFile(temporary, exposeOutput(model, inner, tokens));
  await rename(temporary, adapted);
  return adapted;
}

/**
 * The vision tower with `first` (CLS token) and `second` (mean of all tokens) for outputs instead of the tokens.
 * The mean is a product with 1/50, because ReduceMean takes its axes otherwise in operator set 18 than before.
 */
function appendPooling(visionTower: Uint8Array): Uint8Array {
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
function poolTokens(tokens: TensorValue | undefined, images: number): StatisticPair {
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
