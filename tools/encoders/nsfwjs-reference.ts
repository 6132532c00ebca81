import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { readNsfwjsModel } from "./tfjs-model.ts";
import { loadNetwork, loadTfjs } from "./tfjs-runtime.ts";

const SIZE = 224;

/**
 * Writes what nsfwjs's classify gives for the photos of test/fixtures/encoders by TensorFlow.js's CPU backend: x / 255, resized
 * to 224 px by resizeBilinear with aligned corners, then the network. Cut-outs and enlargements of them stand for other sizes.
 * Usage: nsfwjs-reference.ts <nsfwjs folder> <node_modules with @tensorflow/tfjs>
 */
async function main([packageFolder, modules]: readonly string[]): Promise<void> {
  if (!packageFolder || !modules) throw new Error("Usage: nsfwjs-reference.ts <nsfwjs folder> <node_modules>");
  const tf = await loadTfjs(modules);
  const network = await loadNetwork(tf, readNsfwjsModel(packageFolder, "mobilenet_v2_mid"));
  const photos = fileURLToPath(new URL("../../test/fixtures/encoders/", import.meta.url));
  const images: { file: string; size: [number, number]; probabilities: number[] }[] = [];
  for (const file of readdirSync(photos).filter((name) => name.endsWith(".png"))) {
    for (const size of [
      [128, 128],
      [224, 224],
      [500, 333],
    ] as [number, number][]) {
      const [width, height] = size;
      const pixels = await resized(readFileSync(join(photos, file)), width, height);
      const input = tf.tensor(
        Float32Array.from(pixels, (x) => Math.fround(x / 255)),
        [height, width, 3],
      );
      const image = width === SIZE && height === SIZE ? input : tf.image.resizeBilinear(input, [SIZE, SIZE], true);
      // asked for one output it gives no list
      const [output] = [network.execute(image.reshape([1, SIZE, SIZE, 3]), ["Identity"])].flat();
      images.push({ file, size, probabilities: [...((await output?.data()) ?? [])] });
    }
  }
  const target = fileURLToPath(new URL("../../test/fixtures/scorers/nsfwjs.fixture.json", import.meta.url));
  writeFileSync(target, `${JSON.stringify({ images }, null, 1)}\n`);
}

/** RGB bytes at another size, as the test makes them too. */
function resized(png: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(png).removeAlpha().resize(width, height, { fit: "fill", kernel: "nearest" }).raw().toBuffer();
}

await main(process.argv.slice(2));
