import { expect, test } from "vitest";
import { DPO_DEFAULTS, SFT_DEFAULTS } from "../../../shared/jobs/fine-tune-hyperparameters.ts";
import { Random } from "../onnx/random.ts";
import { type FlowArchitecture, initialFlowParameters } from "../policies/flow/architecture.ts";
import { PROMPT_FEATURES } from "../policies/flow/prompt-features.ts";
import { decodeFlowWeights, encodeFlowWeights } from "../policies/flow/weights-file.ts";
import { loadPolicy } from "../policies/load-policy.ts";
import type { RgbImage } from "../policies/policy.ts";
import { fineTune } from "./fine-tune.ts";
import { FineTuneBatches } from "./fine-tune-batches.ts";
import type { CurvePoint, FineTuned, FineTuneOptions } from "./fine-tune-options.ts";
import { passThrough } from "./pass-through.ts";

const TINY: FlowArchitecture = {
  imageSize: 8,
  patch: 4,
  width: 16,
  blocks: 1,
  heads: 2,
  hidden: 32,
  textTokens: 1,
  textFeatures: PROMPT_FEATURES,
  textHidden: 16,
};
/** Not the start of a training, where the output is all zero: a little of everything. */
const tensors = new Map(
  initialFlowParameters(TINY, 1).map(({ name, initial }, i) => {
    const random = new Random(2, i);
    return [name, initial.map((x) => x + 0.05 * random.normal())];
  }),
);
const WEIGHTS = encodeFlowWeights({ architecture: TINY, tensors });

const plain = (value: number): RgbImage => ({ size: 8, pixels: new Uint8Array(192).fill(value) });
const images = [
  { prompt: "red heart", image: plain(200) },
  { prompt: "dog face", image: plain(180) },
  { prompt: "sun", image: plain(220) },
];
const real = [{ prompt: "house", image: plain(190) }];
const pairs = [
  { prompt: "red heart", chosen: plain(200), rejected: plain(60) },
  { prompt: "dog face", chosen: plain(180), rejected: plain(80) },
];

const SFT = {
  method: "SFT",
  seed: 7,
  hyperparameters: { ...SFT_DEFAULTS, steps: 40, batch: 5, learningRate: 3e-3, ema: 0.5, realShare: 0.4 },
} satisfies FineTuneOptions;
const DPO = {
  method: "DPO",
  seed: 7,
  hyperparameters: { ...DPO_DEFAULTS, steps: 40, batch: 4, learningRate: 1e-3, beta: 20, ema: 0.5, realShare: 0.5 },
} satisfies FineTuneOptions;

const data = { images, real, pairs };
const dataFor = ({ method }: FineTuneOptions) => (method === "SFT" ? { images, real } : { pairs, real });
const mean = (curve: readonly CurvePoint[] = [], from = 0, to = curve.length) =>
  curve.slice(from, to).reduce((sum, { value }) => sum + value, 0) / (to - from);

test("SFT brings the error of the chosen images down", async () => {
  const { curves, weights } = await fineTune(WEIGHTS, dataFor(SFT), SFT);
  expect(curves.loss).toHaveLength(40);
  expect(mean(curves.loss, 30)).toBeLessThan(0.7 * mean(curves.loss, 0, 10));
  expect(decodeFlowWeights(weights).architecture).toEqual(TINY);
});

test("DPO starts at log 2 per pair, and learns to prefer what was chosen", async () => {
  const options = { ...DPO, hyperparameters: { ...DPO.hyperparameters, realShare: 0 } };
  const { curves } = await fineTune(WEIGHTS, { pairs }, options);
  expect(curves.loss?.[0]?.value).toBeCloseTo(Math.LN2, 4);
  expect(curves.margin?.[0]?.value).toBeCloseTo(0, 5);
  expect(mean(curves.implicit_accuracy, 30)).toBeGreaterThan(0.9);
  expect(mean(curves.margin, 30)).toBeGreaterThan(0.02);
  expect(mean(curves.loss, 30)).toBeLessThan(0.6);
  expect(Object.keys(curves).sort()).toEqual(["implicit_accuracy", "loser_error", "loss", "margin", "winner_error"]);
});

test.each([SFT, DPO])("$method resumed from a checkpoint ends in the same bytes", async (options: FineTuneOptions) => {
  const saved: { bytes: Uint8Array; key: string }[] = [];
  const keep = {
    everySteps: 17,
    save: (bytes: Uint8Array, _step: number, key: string) => void saved.push({ bytes, key }),
  };
  const whole: FineTuned = await fineTune(WEIGHTS, dataFor(options), { ...options, checkpoint: keep });
  const [first] = saved;
  const resumed = await fineTune(WEIGHTS, dataFor(options), {
    ...options,
    checkpoint: { resumeFrom: async (key) => (key === first?.key ? first.bytes : undefined) },
  });
  expect(Buffer.from(resumed.weights).equals(whole.weights)).toBe(true);
  expect(resumed.curves).toEqual(whole.curves);
  const other = { ...options, seed: 8, checkpoint: { resumeFrom: first?.bytes } };
  await expect(fineTune(WEIGHTS, dataFor(options), other)).rejects.toThrow("belongs to another run");
});

test("members of a pair share noise, time and dropping; real images fill both halves", () => {
  const batch = new FineTuneBatches(data, TINY, 3).dpo(5, { pairs: 2, real: 2, beta: 10 });
  const half = (name: string, i: number) => {
    const all = Array.from(batch[name] ?? [], Number);
    return all.slice((i * all.length) / 2, ((i + 1) * all.length) / 2);
  };
  for (const name of ["noise", "time", "timeFeatures"]) expect(half(name, 0)).toEqual(half(name, 1));
  expect(half("text", 0).slice(0, 2 * PROMPT_FEATURES)).toEqual(half("text", 1).slice(0, 2 * PROMPT_FEATURES));
  expect(half("weight", 0)).toEqual([0, 0, 2.5]);
  expect(half("pairWeight", 0).concat(half("pairWeight", 1))).toEqual([0.5, 0.5, 0]);
});

test("aborting stops between steps", async () => {
  const controller = new AbortController();
  const stopAtThree = ({ step }: { step: number }) => (step === 3 ? controller.abort(new Error("enough")) : undefined);
  const options = { ...SFT, signal: controller.signal, onProgress: stopAtThree };
  await expect(fineTune(WEIGHTS, dataFor(SFT), options)).rejects.toThrow("enough");
});

test.each([
  ["images", { images: [] }, SFT],
  ["pairs", { pairs: [] }, DPO],
  ["real", { images, real: [] }, SFT],
  ["image", { images: [{ prompt: "x", image: { size: 4, pixels: new Uint8Array(48) } }], real }, SFT],
  ["beta", { pairs, real }, { ...DPO, hyperparameters: { ...DPO.hyperparameters, beta: 0 } }],
  ["steps", { images, real }, { ...SFT, hyperparameters: { ...SFT.hyperparameters, steps: 0.5 } }],
])("what can't be trained is refused, naming %s", async (field, wrong, options) => {
  await expect(fineTune(WEIGHTS, wrong, options as FineTuneOptions)).rejects.toThrow(field);
});

test("a request gives the same bytes whatever else is in the batch, and other bytes for another seed", async () => {
  const policy = await loadPolicy({ weights: WEIGHTS });
  const request = (seed: number) => ({ prompt: "red heart", seed });
  for (const settings of [
    { steps: 3, guidance: 2 },
    { steps: 3, guidance: 1, scheduler: "heun" },
  ]) {
    const alone = await policy.sample([request(5)], settings);
    const many = await policy.sample(
      [...Array(10).keys()].map((i) => ({ prompt: i === 9 ? "red heart" : "sun", seed: i === 9 ? 5 : i })),
      settings,
    );
    expect(many[9]).toEqual(alone[0]);
    expect((await policy.sample([request(6)], settings))[0]).not.toEqual(alone[0]);
  }
  await expect(policy.sample([request(1)], { steps: 0, guidance: 1 })).rejects.toThrow("steps");
  await expect(policy.sample([request(1)], { steps: 1, guidance: 1, scheduler: "ddim" })).rejects.toThrow(
    "euler and heun",
  );
  await policy.dispose();
});

test("real images pass through the policy and come out alike with little noise", async () => {
  const image = { size: 8, pixels: Uint8Array.from({ length: 192 }, (_, i) => (i * 37) % 256) };
  const [out] = await passThrough(WEIGHTS, [image], { noise: 0.3, seed: 1 });
  expect(out?.pixels).toHaveLength(192);
  expect((await passThrough(WEIGHTS, [image], { noise: 0.3, seed: 1 }))[0]).toEqual(out);
  await expect(passThrough(WEIGHTS, [image], { noise: 1, seed: 1 })).rejects.toThrow("noise");
});
