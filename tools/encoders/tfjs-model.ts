import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A node of a TensorFlow.js graph model, as far as the converter reads it. */
export interface TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, TfjsAttribute>>;
}

interface TfjsAttribute {
  readonly s?: string;
  readonly list?: { readonly s?: readonly string[]; readonly i?: readonly string[] };
  readonly shape?: { dim?: { size: string }[] };
}

export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** value = min + scale * stored byte */
  readonly quantization: { readonly min: number; readonly scale: number; readonly dtype: string };
}

export interface TfjsModelJson {
  readonly modelTopology: { readonly node: readonly TfjsNode[] };
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly TfjsWeight[] }[];
}

export interface TfjsModel {
  readonly json: TfjsModelJson;
  /** weight name -> its declaration and its bytes, one per element */
  readonly weights: ReadonlyMap<string, TfjsWeight & { readonly bytes: Uint8Array }>;
  /** all weight bytes in manifest order, as tf.io takes them */
  readonly weightData: Uint8Array<ArrayBuffer>;
  /** sha256 of weightData, hex */
  readonly weightSha256: string;
}

/**
 * Reads a model that ships in the nsfwjs package as base64 modules (dist/models/<name>).
 * Throws where a weight is not uint8-quantised or the bytes do not add up.
 */
export function readNsfwjsModel(packageFolder: string, name: string): TfjsModel {
  const folder = join(packageFolder, "dist/models", name);
  const require = createRequire(join(folder, "model.min.js"));
  const load = (file: string): unknown => {
    const module: unknown = require(join(folder, file));
    return isRecord(module) && "default" in module ? module.default : module;
  };
  const json = load("model.min.js") as TfjsModelJson;
  const manifest = json.weightsManifest.flatMap((group) => group.weights);
  const shards = json.weightsManifest.flatMap((group) => group.paths).map((path) => load(`${path}.min.js`));
  const weightData = Uint8Array.from(Buffer.concat(shards.map((shard) => Buffer.from(String(shard), "base64"))));
  const weights = new Map<string, TfjsWeight & { bytes: Uint8Array }>();
  let offset = 0;
  for (const weight of manifest) {
    if (weight.quantization?.dtype !== "uint8") throw new Error(`Weight ${weight.name} is not quantised to uint8.`);
    const size = weight.shape.reduce((product, length) => product * length, 1);
    weights.set(weight.name, { ...weight, bytes: weightData.subarray(offset, offset + size) });
    offset += size;
  }
  if (offset !== weightData.byteLength)
    throw new Error(`Weights: ${offset} bytes declared, ${weightData.byteLength} found.`);
  return { json, weights, weightData, weightSha256: createHash("sha256").update(weightData).digest("hex") };
}

/** Path of the licence text of the package, to be kept beside the converted model. */
export function readLicence(packageFolder: string): string {
  return readFileSync(join(packageFolder, "LICENSE"), "utf8");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
