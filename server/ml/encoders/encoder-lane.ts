/** A worker thread of EncoderLanes: decodes images and runs the network on them, one core's work. */
import { workerData } from "node:worker_threads";
import { reasonOf, serveLane } from "../lane-thread.ts";
import { type Provider, Session, type TensorValue } from "../onnx/session.ts";
import { decodeImage, type Preprocessing, packImages } from "./preprocessing.ts";

export interface LaneSettings {
  /** ONNX: its bytes or its path */
  readonly model: Uint8Array | string;
  readonly preprocessing: Preprocessing;
  /** images in a run */
  readonly runSize: number;
  readonly provider: Provider;
}

export interface LaneResult {
  /** the network's outputs by name, each for the images at `indices` */
  readonly runs: readonly { indices: readonly number[]; outputs: Readonly<Record<string, TensorValue>> }[];
  readonly failures: readonly { index: number; reason: string }[];
}

export interface LaneHello {
  readonly inputNames: readonly string[];
}

const settings: LaneSettings = workerData;
const session = await Session.create(settings.model, { provider: settings.provider, threads: 1, optimisation: "all" });
const [inputName = ""] = session.inputNames;

// a second request decodes while the network computes the first, as far as decoding has threads of its own
serveLane<readonly Uint8Array[], LaneResult, LaneHello>({
  hello: { inputNames: session.inputNames },
  answer: encode,
  close: () => session.dispose(),
});

async function encode(images: readonly Uint8Array[]): Promise<LaneResult> {
  const { preprocessing, runSize } = settings;
  const decoded = await Promise.allSettled(images.map((bytes) => decodeImage(bytes, preprocessing)));
  const whole = decoded.flatMap((result, index) =>
    result.status === "fulfilled" ? [{ index, pixels: result.value }] : [],
  );
  const runs: LaneResult["runs"][number][] = [];
  for (let start = 0; start < whole.length; start += runSize) {
    const run = whole.slice(start, start + runSize);
    const outputs = await session.run({ [inputName]: toTensor(run.map(({ pixels }) => pixels)) });
    runs.push({ indices: run.map(({ index }) => index), outputs });
  }
  const failures = decoded.flatMap((result, index) =>
    result.status === "rejected" ? [{ index, reason: reasonOf(result.reason) }] : [],
  );
  return { runs, failures };
}

function toTensor(images: readonly Uint8Array[]): TensorValue {
  const { preprocessing } = settings;
  const { width, height, tensor } = preprocessing;
  const data = packImages(images, preprocessing);
  return tensor === "uint8-nhwc"
    ? { dtype: "uint8", shape: [images.length, height, width, 3], data }
    : { dtype: "float32", shape: [images.length, 3, height, width], data };
}
