import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendModel } from "../onnx/compose.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import { Random } from "../onnx/random.ts";
import { Session, type TensorValue } from "../onnx/session.ts";
import { elementCount } from "../onnx/shape.ts";
import { exportImageModel } from "../reward/export.ts";
import { type RewardWeights, rewardTensorShapes } from "../reward/rpl.ts";
import { scoreFeatures } from "../reward/score.ts";
import type { ClipSource } from "./clip.ts";
import { type Encoder, encodeAll, loadEncoder } from "./encoder.ts";
import { decodeImage, type Preprocessing, packImages } from "./preprocessing.ts";
import { tinyClip } from "./tiny-clip.ts";

const FIXTURES = new URL("../../../test/fixtures/encoders/", import.meta.url);
interface Fixture {
  images: { file: string; first: string; second: string }[];
}
const photos = ["astronaut.png", "chelsea.png", "coffee.png"];
const read = (file: string) => readFile(new URL(file, FIXTURES));

/** An RPL that was never trained, of logits near 1 in size. */
function randomRewardWeights(width: number): RewardWeights {
  const random = new Random(11);
  const fill = (name: string, shape: readonly number[]) => () =>
    name.endsWith("running_var") || name === "input.scale" ? 1 : random.normal() / Math.sqrt(shape.at(-1) ?? 1);
  return new Map(
    [...rewardTensorShapes(width)].map(([name, shape]) => [
      name,
      { shape, data: Float32Array.from({ length: elementCount(shape) }, fill(name, shape)) },
    ]),
  );
}

function packedTensor(images: Uint8Array[], preprocessing: Preprocessing): TensorValue {
  const { width, height, tensor } = preprocessing;
  const data = packImages(images, preprocessing);
  return tensor === "uint8-nhwc"
    ? { dtype: "uint8", shape: [images.length, height, width, 3], data }
    : { dtype: "float32", shape: [images.length, 3, height, width], data };
}

let folder = "";
let clipModel = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "encoders-"));
  clipModel = join(folder, "clip.onnx");
  await writeFile(clipModel, tinyClip());
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(["mobilenet-v2-mid", "clip-vit-b32"])("every encoder: %s", (id) => {
  let encoder: Encoder;
  let images: Buffer[];
  beforeAll(async () => {
    encoder = await loadEncoder(id, { clip: { path: clipModel } });
    images = await Promise.all(photos.map(read));
  });
  afterAll(() => encoder.dispose());

  test("the same files give the same bytes again, and the same numbers alone as in a batch", async () => {
    const once = await encoder.encode(images);
    const again = await encoder.encode(images);
    expect(again.features).toEqual(once.features);
    expect(once.features.length).toBe(images.length * 2 * encoder.width);
    for (const [i, image] of images.entries()) {
      const alone = await encoder.encode([image]);
      const row = once.features.slice(i * 2 * encoder.width, (i + 1) * 2 * encoder.width);
      expect(relativeError(alone.features, row)).toBeLessThan(1e-6);
    }
  });

  test("a broken image fails alone, and says why", async () => {
    const [a, b] = images;
    const truncated = (a ?? Buffer.alloc(0)).subarray(0, 5000);
    const mixed = await encoder.encode([a, truncated, Buffer.from("text"), b].filter((x) => x !== undefined));
    expect(mixed.failures.map(({ index }) => index)).toEqual([1, 2]);
    for (const { reason } of mixed.failures) expect(reason.length).toBeGreaterThan(5);
    const { features } = await encoder.encode(images.slice(0, 2));
    const row = 2 * encoder.width;
    expect(relativeError(mixed.features.slice(0, row), features.slice(0, row))).toBeLessThan(1e-6);
    expect(relativeError(mixed.features.slice(3 * row), features.slice(row))).toBeLessThan(1e-6);
    expect(mixed.features.slice(row, 3 * row).every(Number.isNaN)).toBe(true);
  });

  test("its ONNX file gives the same two vectors from the decoded image, and with a reward model the same score", async () => {
    const { preprocessing, width } = encoder;
    const file = await encoder.imageModel();
    const weights = randomRewardWeights(2 * width);
    const alone = await Session.create(file);
    const whole = await Session.create(exportImageModel(file, [weights], preprocessing));
    const { features } = await encoder.encode(images);
    const { logits } = await scoreFeatures([weights], features);
    const decoded = await Promise.all(images.map((image) => decodeImage(image, preprocessing)));
    const feeds = { [alone.inputNames[0] ?? ""]: packedTensor(decoded, preprocessing) };
    const { first, second } = await alone.run(feeds);
    const { logit } = await whole.run(feeds);
    for (let i = 0; i < images.length; i++) {
      const row = features.subarray(2 * i * width, 2 * (i + 1) * width);
      for (const [part, vector] of [first, second].entries()) {
        const values = Float32Array.from(vector?.data.slice(i * width, (i + 1) * width) ?? [], Number);
        expect(relativeError(values, row.subarray(part * width, (part + 1) * width))).toBeLessThan(1e-5);
      }
      expect(Math.abs(Number(logit?.data[i]) - (logits[i] ?? Number.NaN))).toBeLessThan(1e-4);
    }
    await Promise.all([alone.dispose(), whole.dispose()]);
  });

  test("a stream keeps its order over batches, leaves failures out, and stops at a signal", async () => {
    const source = Array.from({ length: 35 }, (_, i) => ({
      key: `k${i}`,
      bytes: i === 17 ? Buffer.from("broken") : (images[i % 3] ?? Buffer.alloc(0)),
    }));
    const progress: number[] = [];
    const { keys, features, failures } = await encodeAll(encoder, source, { onProgress: (n) => progress.push(n) });
    expect(progress).toEqual([16, 32, 35]);
    expect(failures.map(({ key }) => key)).toEqual(["k17"]);
    expect(keys).toEqual(source.map(({ key }) => key).filter((key) => key !== "k17"));
    const row = 2 * encoder.width;
    const last = await encoder.encode([source[34]?.bytes ?? Buffer.alloc(0)]);
    expect(relativeError(features.slice(33 * row), last.features)).toBeLessThan(1e-6);
    const abort = new AbortController();
    abort.abort(new Error("cancelled"));
    await expect(encodeAll(encoder, source, { signal: abort.signal })).rejects.toThrow("cancelled");
  });
});

test("MobileNet's statistics equal TensorFlow.js's on photos, within 1e-5", async () => {
  const fixture: Fixture = JSON.parse((await read("mobilenet-v2-mid.fixture.json")).toString());
  expect(fixture.images.length).toBeGreaterThanOrEqual(3);
  const encoder = await loadEncoder("mobilenet-v2-mid");
  const { features } = await encoder.encode(await Promise.all(fixture.images.map(({ file }) => read(file))));
  await encoder.dispose();
  for (const [i, { first, second }] of fixture.images.entries()) {
    const at = i * 2 * encoder.width;
    expect(relativeError(features.slice(at, at + encoder.width), floats(first))).toBeLessThan(1e-5);
    expect(relativeError(features.slice(at + encoder.width, at + 2 * encoder.width), floats(second))).toBeLessThan(
      1e-5,
    );
  }
});

test("CLIP's vectors are the CLS token and the mean of all 50 tokens of the normalised image", async () => {
  const encoder = await loadEncoder("clip-vit-b32", { clip: { path: clipModel } });
  // black left of the centre crop, white within: a crop that is not central would mix them
  const white = await sharp({ create: { width: 224, height: 224, channels: 3, background: "#fff" } })
    .png()
    .toBuffer();
  const wide = await sharp(white).extend({ left: 60, right: 60, background: "#000" }).png().toBuffer();
  const { features } = await encoder.encode([wide]);
  await encoder.dispose();
  const random = new Random(5);
  const projection = Array.from({ length: 3 * 768 }, () => random.normal());
  const normal = [(1 - 0.48145466) / 0.26862954, (1 - 0.4578275) / 0.26130258, (1 - 0.40821073) / 0.27577711];
  const expected = Float32Array.from({ length: 768 }, (_, k) =>
    normal.reduce((sum, x, channel) => sum + x * (projection[channel * 768 + k] ?? 0), 0),
  );
  expect(relativeError(features.slice(0, 768), expected)).toBeLessThan(1e-5);
  expect(relativeError(features.slice(768), expected)).toBeLessThan(1e-5);
});

describe("CLIP's model", () => {
  const load = (clip: Partial<ClipSource>) =>
    loadEncoder("clip-vit-b32", { clip: { cacheDirectory: folder, ...clip } });
  const sha256 = async (file: string) =>
    createHash("sha256")
      .update(await readFile(file))
      .digest("hex");

  test("comes from a hub, once, and is recorded by its sha256", async () => {
    let requests = 0;
    const hub = createServer(async (_request, response) => {
      requests++;
      response.end(await readFile(clipModel));
    }).listen(0, "127.0.0.1");
    await once(hub, "listening");
    const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}/clip.onnx`;
    const declared = await sha256(clipModel);
    for (let time = 1; time <= 2; time++) {
      const encoder = await load({ path: undefined, url, sha256: declared });
      expect(encoder.sha256).toBe(declared);
      await encoder.dispose();
    }
    hub.close();
    expect(requests).toBe(1);
  });

  test("that gives only the projected embedding, gives its tokens all the same", async () => {
    const inside = "/vision_model/encoder/layers.11/Add_1_output_0";
    const projection = new GraphBuilder("float32", undefined, "projection/");
    const tokens = projection.input(inside, [2, 50, 768]);
    projection.output("image_embeds", projection.reduceMean(tokens, [1]));
    const file = join(folder, "projected.onnx");
    await writeFile(file, appendModel(tinyClip(inside), projection, { dynamicBatch: "N" }));
    const [whole, projected] = [await load({ path: clipModel }), await load({ path: file })];
    const images = await Promise.all(photos.map(read));
    expect((await projected.encode(images)).features).toEqual((await whole.encode(images)).features);
    expect(projected.sha256).toBe(await sha256(file));
    await Promise.all([whole.dispose(), projected.dispose()]);
  });

  test("that is not there, not the declared one or another model is refused in words", async () => {
    const url = "http://127.0.0.1:9/clip.onnx";
    await expect(load({ path: "", url, sha256: "0".repeat(64) })).rejects.toThrow(/can't be had from .*:9\/clip\.onnx/);
    await expect(load({ path: "/nowhere.onnx" })).rejects.toThrow('"/nowhere.onnx"');
    await expect(load({ path: clipModel, sha256: "0".repeat(64) })).rejects.toThrow("GANRM_CLIP_SHA256");
    const mobilenet = new URL("./models/mobilenet-v2-mid.onnx", import.meta.url).pathname;
    await expect(load({ path: mobilenet })).rejects.toThrow("last_hidden_state");
    await expect(loadEncoder("vgg")).rejects.toThrow('no encoder "vgg"');
  }, 20_000);
});

test("decoding lays alpha on white, turns by EXIF and makes grey images RGB", async () => {
  const { preprocessing } = await loadEncoder("mobilenet-v2-mid");
  const clear = await sharp({ create: { width: 20, height: 20, channels: 4, background: "#ff000000" } })
    .png()
    .toBuffer();
  expect((await decodeImage(clear, preprocessing)).every((x) => x === 255)).toBe(true);
  const grey = await sharp(Buffer.alloc(400, 77), { raw: { width: 20, height: 20, channels: 1 } })
    .png()
    .toBuffer();
  expect((await decodeImage(grey, preprocessing)).every((x) => x === 77)).toBe(true);
  // dark top, bright bottom; orientation 3 is upside down
  const halves = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i < 32 * 64 * 3 ? 0 : 255)));
  const turned = await sharp(halves, { raw: { width: 64, height: 64, channels: 3 } })
    .withMetadata({ orientation: 3 })
    .png()
    .toBuffer();
  const pixels = await decodeImage(turned, preprocessing);
  expect([pixels[0], pixels.at(-1)]).toEqual([255, 0]);
});

/** Largest difference over the largest magnitude. NaN counts as infinite. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length || actual.some(Number.isNaN)) return Number.POSITIVE_INFINITY;
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return actual.reduce((most, x, i) => Math.max(most, Math.abs(x - (expected[i] ?? 0))), 0) / scale;
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}
