import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Provider, TensorValue } from "../onnx/session.ts";
import type { Encoder, EncoderCard } from "./encoder.ts";
import { EncoderLanes } from "./encoder-lanes.ts";
import { OnnxEncoder } from "./onnx-encoder.ts";

/** MobileNetV2 1.4x of nsfwjs 4.4.0 up to its seventh block: see models/mobilenet-v2-mid.md. */
const MOBILENET_CARD: EncoderCard = {
  id: "mobilenet-v2-mid",
  version: "1",
  sha256: "1dc90c2ac4ad1d90f508aa23559dd126db5c6bb8e3d372a6b6f539ca4928516e",
  licence: "MIT",
  width: 672,
  preprocessing: {
    width: 128,
    height: 128,
    fit: "stretch",
    kernel: "cubic",
    background: "#ffffff",
    tensor: "uint8-nhwc",
  },
};

const MODEL_FILE = new URL("./models/mobilenet-v2-mid.onnx", import.meta.url);

/** Images per run, small for the caches: one core ran 720 images/s one by one, 712 in twos, 649 in fours, 554 in eights. */
const RUN_SIZE = 1;

/** The embedded encoder: means (first) and standard deviations (second) over positions of four stages. */
export async function loadMobilenet(provider: Provider): Promise<Encoder> {
  const bytes = await readFile(MODEL_FILE);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== MOBILENET_CARD.sha256) {
    throw new Error(
      `${MODEL_FILE.pathname} has sha256 ${sha256}, not ${MOBILENET_CARD.sha256}; restore it from the repository.`,
    );
  }
  const { preprocessing } = MOBILENET_CARD;
  return new OnnxEncoder({
    card: MOBILENET_CARD,
    lanes: await EncoderLanes.create({ model: bytes, preprocessing, runSize: RUN_SIZE, provider }),
    readOutputs: (outputs) => ({ first: floats(outputs.first), second: floats(outputs.second) }),
    imageModel: async () => bytes,
  });
}

function floats(value: TensorValue | undefined): Float32Array {
  if (!(value?.data instanceof Float32Array)) throw new Error("The encoder's output is not float32.");
  return value.data;
}
