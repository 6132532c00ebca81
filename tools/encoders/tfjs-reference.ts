import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { STAGES } from "./convert-mobilenet.ts";
import { INPUT_SIZE, MOBILENET_SCOPE } from "./mobilenet-graph.ts";
import { readNsfwjsModel } from "./tfjs-model.ts";
import { loadNetwork, loadTfjs } from "./tfjs-runtime.ts";

/**
 * Writes the parity fixture: photos at 128 px (PNG) and the stages' statistics as TensorFlow.js's CPU backend computes them,
 * reduced in float64. Usage: tfjs-reference.ts <nsfwjs folder> <node_modules with @tensorflow/tfjs> <photo>...
 */
async function main([packageFolder, modules, ...photos]: readonly string[]): Promise<void> {
  if (!packageFolder || !modules) throw new Error("Usage: tfjs-reference.ts <nsfwjs folder> <node_modules> <photo>...");
  const tf = await loadTfjs(modules);
  const network = await loadNetwork(tf, readNsfwjsModel(packageFolder, "mobilenet_v2_mid"));
  const folder = fileURLToPath(new URL("../../test/fixtures/encoders/", import.meta.url));
  const images: { file: string; first: string; second: string }[] = [];
  for (const photo of photos) {
    const file = `${basename(photo).replace(/\.\w+$/, "")}.png`;
    const png = await sharp(readFileSync(photo))
      .resize(INPUT_SIZE, INPUT_SIZE, { fit: "cover" })
      .removeAlpha()
      .png()
      .toBuffer();
    writeFileSync(join(folder, file), png);
    // nsfwjs: x / 255
    const input = Float32Array.from(await sharp(png).raw().toBuffer(), (x) => x / 255);
    const names = STAGES.map((stage) => `${MOBILENET_SCOPE}MobilenetV2/${stage}`);
    const stages = network.execute(tf.tensor(input, [1, INPUT_SIZE, INPUT_SIZE, 3]), names);
    const statistics = await Promise.all(stages.map(async (s) => statisticsOf(await s.data(), s.shape.at(-1) ?? 0)));
    images.push({
      file,
      first: base64(statistics.flatMap((s) => s.mean)),
      second: base64(statistics.flatMap((s) => s.deviation)),
    });
  }
  writeFileSync(
    join(folder, "mobilenet-v2-mid.fixture.json"),
    `${JSON.stringify({ stages: STAGES, images }, null, 2)}\n`,
  );
}

/** x: positions x channels, channels last */
function statisticsOf(x: Float32Array, channels: number): { mean: number[]; deviation: number[] } {
  const positions = x.length / channels;
  const over = (channel: number, f: (value: number) => number): number => {
    let sum = 0;
    for (let p = 0; p < positions; p++) sum += f(x[p * channels + channel] ?? 0);
    return sum / positions;
  };
  const mean = Array.from({ length: channels }, (_, c) => over(c, (v) => v));
  const deviation = mean.map((m, c) => Math.sqrt(over(c, (v) => (v - m) ** 2)));
  return { mean, deviation };
}

function base64(values: readonly number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString("base64");
}

await main(process.argv.slice(2));
