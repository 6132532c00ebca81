import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Encoder, loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { decodeSafetensors } from "../../server/ml/safetensors.ts";
import { encoderKey } from "../../server/worker/feature-matrix.ts";
import { featuresOf } from "../../server/worker/features.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { plainPng } from "./open-experiment.ts";

/** Notes what a worker downloads. */
class NotingClient extends ApiClient {
  readonly downloads: string[] = [];
  override download(sha256: string): Promise<Uint8Array<ArrayBuffer>> {
    this.downloads.push(sha256);
    return super.download(sha256);
  }
}

let server: TestServer;
let encoder: Encoder;
let images: string[] = [];
let expected: Float32Array;
const worker = () => new NotingClient({ url: server.url, token: server.tokens.WORKER });

beforeAll(async () => {
  server = await startTestServer();
  encoder = await loadEncoder("mobilenet-v2-mid");
  const pictures: Buffer[] = [];
  for (let shade = 0; shade < 10; shade++) pictures.push(await plainPng(shade * 20));
  images = await Promise.all(pictures.map(async (picture) => (await server.upload(picture)).body.sha256));
  ({ features: expected } = await encoder.encode(pictures));
});
afterAll(async () => {
  await encoder?.dispose();
  await server?.stop();
});
beforeEach(() => server.db.query("delete from feature_rows"));

const rowsInStore = (): Promise<{ n: number; images: number; matrices: number }[]> =>
  server.db.query(
    `select count(*)::int as n, count(distinct image_sha256)::int as images, count(distinct matrix_sha256)::int as matrices
     from feature_rows`,
  );

/** Largest difference, over the largest feature. */
function distance(a: Float32Array, b: Float32Array): number {
  const largest = b.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  return a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] ?? Number.NaN))), a.length - b.length) / largest;
}

describe("featuresOf", () => {
  test("a second worker downloads matrices and no image, and gets the same bytes", async () => {
    const [one, two] = [worker(), worker()];
    const first = await featuresOf(one, encoder, images, { matrixRows: 4 });
    expect(distance(first, expected)).toBeLessThan(1e-6);
    expect(one.downloads.toSorted()).toEqual(images.toSorted());
    const second = await featuresOf(two, encoder, images);
    expect(second).toEqual(first);
    expect(two.downloads).toHaveLength(3);
    expect(two.downloads.filter((hash) => images.includes(hash))).toEqual([]);
  });

  test("encodes only what is new, and a repeated image once", async () => {
    await featuresOf(worker(), encoder, images.slice(0, 6));
    const [a = "", b = ""] = [images[8], images[2]];
    const client = worker();
    const features = await featuresOf(client, encoder, [a, b, a]);
    expect(client.downloads.filter((hash) => images.includes(hash))).toEqual([a]);
    const row = (i: number) => expected.subarray(i * 2 * encoder.width, (i + 1) * 2 * encoder.width);
    expect(distance(features, Float32Array.of(...row(8), ...row(2), ...row(8)))).toBeLessThan(1e-6);
  });

  test("two workers at once on overlapping images store one row an image, and agree", async () => {
    const [one, two] = await Promise.all([
      featuresOf(worker(), encoder, images, { matrixRows: 3 }),
      featuresOf(worker(), encoder, images.toReversed(), { matrixRows: 4 }),
    ]);
    expect(await rowsInStore()).toMatchObject([{ n: 10, images: 10 }]);
    const stored = await featuresOf(worker(), encoder, images);
    expect(one).toEqual(stored);
    for (let i = 0; i < images.length; i++) {
      const width = 2 * encoder.width;
      const mirrored = two.subarray((images.length - 1 - i) * width, (images.length - i) * width);
      expect(mirrored).toEqual(stored.subarray(i * width, (i + 1) * width));
    }
  });

  test("an image that can't be encoded is named, and what was stored before it stays", async () => {
    const text = await worker().upload(new Uint8Array(Buffer.from("no image")), "EXPORT", "a.txt");
    const wanted = [...images.slice(0, 4), text];
    await expect(featuresOf(worker(), encoder, wanted, { matrixRows: 2 })).rejects.toThrow(text);
    expect(await rowsInStore()).toMatchObject([{ n: 4 }]);
  });

  test("a matrix says by itself which encoder and which images it is of", async () => {
    await featuresOf(worker(), encoder, images.slice(0, 3));
    const [{ sha256 }] = await server.db.query("select distinct matrix_sha256 as sha256 from feature_rows");
    const { tensors, metadata } = decodeSafetensors(await worker().download(sha256));
    expect(tensors.get("features")?.shape).toEqual([3, 2 * encoder.width]);
    expect(metadata.images?.split("\n")).toEqual(images.slice(0, 3));
    expect(metadata.encoderKey).toBe(encoderKey(encoder));
  });
});

describe("registerFeatures", () => {
  const register = (input: object) =>
    server.ask(
      "mutation ($input: RegisterFeaturesInput!) { registerFeatures(input: $input) { rows { imageSha256 matrixSha256 row } } }",
      { input },
      Role.WORKER,
    );
  const matrix = (text: string) => worker().upload(new Uint8Array(Buffer.from(text)), "FEATURES", "m.safetensors");
  const key = "a".repeat(64);

  test("sent twice, changes nothing; the first matrix of an image stays", async () => {
    const [first, second] = [await matrix("one"), await matrix("two")];
    const input = { encoderKey: key, matrixSha256: first, images: images.slice(0, 2) };
    const once = await register(input);
    expect(await register(input)).toEqual(once);
    const { data } = await register({ encoderKey: key, matrixSha256: second, images: images.slice(1, 3) });
    expect(data.registerFeatures.rows).toHaveLength(2);
    expect(data.registerFeatures.rows).toContainEqual({ imageSha256: images[1], matrixSha256: first, row: 1 });
    expect(data.registerFeatures.rows).toContainEqual({ imageSha256: images[2], matrixSha256: second, row: 1 });
  });

  test("an image that was never uploaded is refused by its place", async () => {
    const input = { encoderKey: key, matrixSha256: await matrix("m"), images: [images[0], "0".repeat(64)] };
    expect((await register(input)).errors?.[0]?.extensions).toEqual({ code: "ARTIFACT_MISSING", field: "images[1]" });
  });
});
