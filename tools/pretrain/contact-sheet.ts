/**
 * npx tsx tools/pretrain/contact-sheet.ts --weights F --out F.png [--set trained|unseen] [--count 100] [--seeds 1] [--names]
 * Draws prompts in a grid, to look at. The first prompts in a fixed random order; without names, so that a stranger can name
 * them: the names go to F.txt, row by row.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import sharp, { type Sharp } from "sharp";
import { Random } from "../../server/ml/onnx/random.ts";
import { FLOW_DEFAULTS, FlowSampler } from "../../server/ml/policies/flow/flow-sampler.ts";
import type { RgbImage } from "../../server/ml/policies/policy.ts";
import { readWeights } from "./checkpoint.ts";
import { pretrainingPrompts } from "./prompts.ts";

const { values } = parseArgs({
  options: {
    weights: { type: "string" },
    out: { type: "string" },
    set: { type: "string", default: "trained" },
    count: { type: "string", default: "100" },
    seeds: { type: "string", default: "1" },
    columns: { type: "string", default: "10" },
    guidance: { type: "string", default: String(FLOW_DEFAULTS.guidance) },
    steps: { type: "string", default: String(FLOW_DEFAULTS.steps) },
    scheduler: { type: "string", default: "euler" },
    names: { type: "boolean", default: false },
  },
});
const { weights: weightsFile, out } = values;
if (!(weightsFile && out)) throw new Error("--weights and --out are missing.");
const SCALE = 3;
const [columns, seeds] = [Number(values.columns), Number(values.seeds)];
const all = values.set === "unseen" ? pretrainingPrompts().unseen : pretrainingPrompts().trained;
const order = [...new Random(20260).permutation(all.length)].slice(0, Number(values.count));
const prompts = order.map((i) => all[i]?.text ?? "");

const policy = await FlowSampler.create(readWeights(weightsFile), { spin: false });
const requests = prompts.flatMap((prompt) =>
  Array.from({ length: seeds }, (_, seed) => ({ prompt, seed: 1000 + seed })),
);
const settings = { steps: Number(values.steps), guidance: Number(values.guidance), scheduler: values.scheduler };
const start = performance.now();
const images = await policy.sample(requests, settings);
const perImage = (performance.now() - start) / images.length;
await sheet(images).toFile(out);
writeFileSync(
  `${out.replace(/\.png$/, "")}.txt`,
  Array.from({ length: Math.ceil(prompts.length / columns) }, (_, row) =>
    prompts.slice(row * columns, (row + 1) * columns).join(", "),
  ).join("\n"),
);
await policy.dispose();
console.log(`${images.length} images, ${perImage.toFixed(0)} ms each`);

function sheet(images: readonly RgbImage[]): Sharp {
  const side = policy.imageSize * SCALE;
  const [cellWidth, cellHeight] = [side * seeds + 4, side + 4 + (values.names ? 14 : 0)];
  const rows = Math.ceil(prompts.length / columns);
  const cells = images.map((image, i) => {
    const cell = Math.floor(i / seeds);
    return {
      image,
      left: (cell % columns) * cellWidth + (i % seeds) * side + 2,
      top: Math.floor(cell / columns) * cellHeight + 2,
    };
  });
  const labels = prompts.map(
    (prompt, i) =>
      `<text x="${(i % columns) * cellWidth + 4}" y="${(Math.floor(i / columns) + 1) * cellHeight - 4}">${prompt.replaceAll("&", "&amp;")}</text>`,
  );
  const [width, height] = [columns * cellWidth, rows * cellHeight];
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="11" font-family="sans-serif">${values.names ? labels.join("") : ""}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: "#bbb" } }).composite([
    ...cells.map(({ image, left, top }) => ({
      input: enlarged(image),
      left,
      top,
      raw: { width: side, height: side, channels: 3 as const },
    })),
    { input: Buffer.from(text), left: 0, top: 0 },
  ]);
}

/** Each pixel as a square of SCALE pixels. */
function enlarged({ size, pixels }: RgbImage): Buffer {
  const side = size * SCALE;
  const bytes = Buffer.alloc(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = (Math.floor(y / SCALE) * size + Math.floor(x / SCALE)) * 3;
      bytes.set(pixels.subarray(from, from + 3), (y * side + x) * 3);
    }
  }
  return bytes;
}
