import type { ApiClient } from "../../shared/api-client.ts";
import { encodeAll } from "../ml/encoders/encode-all.ts";
import type { Encoder } from "../ml/encoders/encoder.ts";
import { download } from "./download.ts";
import { encoderKey, type FeatureMatrix, featureRow, readFeatureMatrix, writeFeatureMatrix } from "./feature-matrix.ts";

const IMAGES_A_REQUEST = 2000;
/** Images encoded between two uploads: a worker that dies loses no more. With the default encoder 2.7 MB a matrix. */
const MATRIX_ROWS = 500;

const FIND = `query FeatureRows($encoderKey: ID!, $images: [ID!]!) {
  featureRows(encoderKey: $encoderKey, images: $images) { imageSha256 matrixSha256 row } }`;
const REGISTER = `mutation RegisterFeatures($input: RegisterFeaturesInput!) {
  registerFeatures(input: $input) { rows { imageSha256 matrixSha256 row } } }`;

interface FeatureRow {
  imageSha256: string;
  matrixSha256: string;
  row: number;
}

/** Takes the features of one image. */
type Place = (image: string, row: Float32Array) => void;

/** Places rows out of stored matrices, each downloaded once. */
async function placeStored(client: ApiClient, rows: readonly FeatureRow[], width: number, place: Place): Promise<void> {
  for (const [matrixSha256, members] of Map.groupBy(rows, (row) => row.matrixSha256)) {
    const matrix = readFeatureMatrix(await client.download(matrixSha256), width);
    for (const { imageSha256, row } of members) place(imageSha256, featureRow(matrix, row));
  }
}

/** The features of images that nobody has encoded. @throws Error naming the first image that the encoder can't read */
async function encode(
  client: ApiClient,
  encoder: Encoder,
  images: string[],
  onProgress: (done: number) => void,
): Promise<FeatureMatrix> {
  const { features, failures } = await encodeAll(encoder, download(client, images), { onProgress });
  const failure = failures[0];
  if (failure) throw new Error(`Image ${failure.key} can't be encoded: ${failure.reason}`);
  return { width: 2 * encoder.width, values: features };
}

/** Stores a new matrix. Where another worker was faster, its rows count, so that all jobs see the same features. */
async function store(
  client: ApiClient,
  encoder: Encoder,
  { images, matrix, place }: { images: string[]; matrix: FeatureMatrix; place: Place },
): Promise<void> {
  const file = new Uint8Array(writeFeatureMatrix(matrix, encoder, images));
  const matrixSha256 = await client.upload(file, "FEATURES", "features.safetensors");
  const { registerFeatures } = await client.ask<{ registerFeatures: { rows: FeatureRow[] } }>(REGISTER, {
    input: { encoderKey: encoderKey(encoder), matrixSha256, images },
  });
  const others = registerFeatures.rows.filter((row) => row.matrixSha256 !== matrixSha256);
  for (const [i, image] of images.entries()) place(image, featureRow(matrix, i));
  await placeStored(client, others, matrix.width, place);
}

/**
 * Features of artifacts, one row of 2D numbers each, in the order of `hashes`. What any worker has encoded before comes
 * from the artifact store; what is new is encoded and stored there.
 * @throws Error naming the first image that the encoder can't read
 */
export async function featuresOf(
  client: ApiClient,
  encoder: Encoder,
  hashes: string[],
  {
    onProgress = () => undefined,
    matrixRows = MATRIX_ROWS,
  }: { onProgress?: (done: number) => void; matrixRows?: number } = {},
): Promise<Float32Array> {
  const width = 2 * encoder.width;
  const result = new Float32Array(hashes.length * width);
  const positions = Map.groupBy(hashes.keys(), (i) => hashes[i] ?? "");
  const unknown = new Set(positions.keys());
  const place: Place = (image, row) => {
    for (const i of positions.get(image) ?? []) result.set(row, i * width);
    unknown.delete(image);
  };
  const images = [...positions.keys()];
  for (let from = 0; from < images.length; from += IMAGES_A_REQUEST) {
    const { featureRows } = await client.ask<{ featureRows: FeatureRow[] }>(FIND, {
      encoderKey: encoderKey(encoder),
      images: images.slice(from, from + IMAGES_A_REQUEST),
    });
    await placeStored(client, featureRows, width, place);
  }
  const missing = [...unknown];
  for (let from = 0; from < missing.length; from += matrixRows) {
    const chunk = missing.slice(from, from + matrixRows);
    const known = images.length - missing.length + from;
    const matrix = await encode(client, encoder, chunk, (done) => onProgress(known + done));
    await store(client, encoder, { images: chunk, matrix, place });
  }
  onProgress(images.length);
  return result;
}
