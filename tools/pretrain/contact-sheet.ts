/**
 * npx tsx tools/pretrain/contact-sheet.ts --weights F --out F.png [--set trained|unseen] [--count 100] [--seeds 1] [--names]
 * Draws prompts in a grid, to look at: so many of a set, always the same ones. F is a checkpoint or a file of weights.
 */
import { parseArgs } from "node:util";
import { FLOW_DEFAULTS, FlowSampler } from "../../server/ml/policies/flow/flow-sampler.ts";
import { readWeights } from "./checkpoint.ts";
import { sheetPrompts } from "./prompts.ts";
import { contactSheet } from "./sheet.ts";

const { values } = parseArgs({
  options: {
    weights: { type: "string" },
    out: { type: "string" },
    set: { type: "string", default: "trained" },
    count: { type: "string", default: "100" },
    seeds: { type: "string", default: "1" },
    seed: { type: "string", default: "1000" },
    columns: { type: "string", default: "10" },
    guidance: { type: "string", default: String(FLOW_DEFAULTS.guidance) },
    steps: { type: "string", default: String(FLOW_DEFAULTS.steps) },
    scheduler: { type: "string", default: "euler" },
    names: { type: "boolean", default: false },
  },
});
const { weights, out } = values;
if (!(weights && out)) throw new Error("--weights and --out are missing.");
const [columns, seeds, first] = [Number(values.columns), Number(values.seeds), Number(values.seed)];
const prompts = sheetPrompts(values.set === "unseen" ? "unseen" : "trained", Number(values.count));

const policy = await FlowSampler.create(readWeights(weights));
const requests = prompts.flatMap((prompt) => Array.from({ length: seeds }, (_, k) => ({ prompt, seed: first + k })));
const start = performance.now();
const settings = { steps: Number(values.steps), guidance: Number(values.guidance), scheduler: values.scheduler };
const images = await policy.sample(requests, settings);
const perImage = (performance.now() - start) / images.length;
await contactSheet(prompts, images, { columns, seeds, names: values.names }).toFile(out);
await policy.dispose();
console.log(`${images.length} images, ${perImage.toFixed(0)} ms each`);
