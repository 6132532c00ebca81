import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildClassifierGraph } from "./mobilenet-graph.ts";
import { readLicence, readNsfwjsModel } from "./tfjs-model.ts";

const NAME = "nsfwjs-mobilenet-v2-mid";

/** Converts the unpacked nsfwjs 4.4.0 package into the vendored safety classifier. Usage: convert-nsfwjs.ts <package folder> [out folder] */
function main([packageFolder, out]: readonly string[]): void {
  if (!packageFolder)
    throw new Error("Usage: npx tsx tools/encoders/convert-nsfwjs.ts <unpacked nsfwjs 4.4.0> [folder]");
  const folder = out ?? fileURLToPath(new URL("../../server/ml/scorers/models", import.meta.url));
  const source = readNsfwjsModel(packageFolder, "mobilenet_v2_mid");
  const bytes = buildClassifierGraph(source).encode({
    dynamicBatch: "N",
    metadata: {
      source: "nsfwjs 4.4.0 mobilenet_v2_mid",
      sourceWeightsSha256: source.weightSha256,
      classes: "Drawing,Hentai,Neutral,Porn,Sexy",
    },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${NAME}.onnx`), bytes);
  writeFileSync(join(folder, `${NAME}.LICENSE`), readLicence(packageFolder));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  process.stdout.write(`${bytes.byteLength} bytes, sha256 ${sha256}\nsource weights sha256 ${source.weightSha256}\n`);
}

main(process.argv.slice(2));
