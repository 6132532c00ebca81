import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chooseProvider } from "../../server/ml/onnx/provider.ts";
import { type DiffusersOptions, loadDiffusersPolicy } from "../../server/ml/policies/diffusers/diffusers-policy.ts";
import { loadPolicy } from "../../server/ml/policies/load-policy.ts";
import type { LoadedPolicy, RgbImage } from "../../server/ml/policies/policy.ts";
import { pipelineReferences, type TinyPipeline, unpackTinyPipeline } from "../support/tiny-diffusers.ts";

const references = await pipelineReferences();
const folders: Record<TinyPipeline, string> = { sd15: "", "sd15-half": "", sdxl: "" };
// a busy machine, or a GPU's driver that is software
vi.setConfig({ testTimeout: 300_000 });
beforeAll(async () => {
  for (const name of ["sd15", "sd15-half", "sdxl"] as const) folders[name] = await unpackTinyPipeline(name);
});
afterAll(() => Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true }))));

async function using<T>(
  name: TinyPipeline,
  work: (policy: LoadedPolicy) => Promise<T>,
  options?: DiffusersOptions,
): Promise<T> {
  const policy = await loadDiffusersPolicy(folders[name], options);
  try {
    return await work(policy);
  } finally {
    await policy.dispose();
  }
}

/** Differences of bytes, 0 to 255. */
function compare(image: RgbImage | undefined, wanted: Uint8Array): { most: number; mean: number; changed: number } {
  const off = Array.from(wanted, (byte, i) => Math.abs(byte - (image?.pixels[i] ?? Number.NaN)));
  const sum = off.reduce((total, x) => total + x, 0);
  return { most: Math.max(...off), mean: sum / off.length, changed: off.filter((x) => x > 0).length / off.length };
}

test.each(["sd15", "sdxl"] as const)("%s: images are those of diffusers' own pipeline", (name) =>
  using(name, async (policy) => {
    for (const { prompt, seed, steps, guidance, scheduler, pixels } of references[name].images) {
      const settings = { steps, guidance, scheduler: scheduler ?? undefined };
      const [image] = await policy.sample([{ prompt, seed }], settings);
      const { most, changed } = compare(image, Buffer.from(pixels, "base64"));
      // what a float32 sum in another order may turn over in rounding to bytes
      expect(most).toBeLessThanOrEqual(1);
      expect(changed).toBeLessThan(0.01);
      expect(image?.size).toBe(32);
    }
    // the references tell apart what they should
    const [first, otherSeed, otherPrompt] = references[name].images.map(({ pixels }) => Buffer.from(pixels, "base64"));
    if (!first || !otherSeed || !otherPrompt) expect.unreachable();
    expect(compare({ size: 32, pixels: otherSeed }, first).mean).toBeGreaterThan(5);
    expect(compare({ size: 32, pixels: otherPrompt }, otherSeed).mean).toBeGreaterThan(5);
  }),
);

test("what it is and how it likes to be used is read from the folder", async () => {
  await using("sd15", async ({ generator, imageSize, defaults, batch }) => {
    expect({ generator, imageSize, batch }).toEqual({ generator: "stable-diffusion", imageSize: 32, batch: 1 });
    expect(defaults).toEqual({ steps: 25, guidance: 7.5, scheduler: "dpm-solver++" });
  });
  await using("sdxl", async ({ generator, defaults }) => {
    expect(generator).toBe("stable-diffusion-xl");
    expect(defaults).toEqual({ steps: 50, guidance: 5, scheduler: "euler" });
  });
});

const REQUESTS = [
  { prompt: "a cat", seed: 3 },
  { prompt: "a dog", seed: 4 },
  { prompt: "a cat", seed: 5 },
  { prompt: "", seed: 3 },
  { prompt: "a photo", seed: 2 ** 53 - 1 },
];
const SETTINGS = { steps: 4, guidance: 6, scheduler: "dpm-solver++" };

test.each([
  ["one at a time", undefined],
  ["three together", { imagesPerRun: 3 }],
])("drawn %s, a request's pixels do not depend on the others", (_, options) =>
  using(
    "sdxl",
    async (policy) => {
      const together = await policy.sample(REQUESTS, SETTINGS);
      const reversed = (await policy.sample(REQUESTS.toReversed(), SETTINGS)).toReversed();
      const alone = [];
      for (const request of REQUESTS) alone.push(...(await policy.sample([request], SETTINGS)));
      expect(reversed).toEqual(together);
      expect(alone).toEqual(together);
      expect(new Set(together.map(({ pixels }) => Buffer.from(pixels).toString("hex"))).size).toBe(5);
      expect(await policy.sample([], SETTINGS)).toEqual([]);
    },
    options,
  ),
);

test("more images in a run change rounding only", async () => {
  const one = await using("sd15", (policy) => policy.sample(REQUESTS, SETTINGS));
  const four = await using("sd15", (policy) => policy.sample(REQUESTS, SETTINGS), { imagesPerRun: 4 });
  for (const [i, { pixels }] of one.entries()) expect(compare(four[i], pixels).most).toBeLessThanOrEqual(1);
});

test("float16 networks draw the same up to their precision", async () => {
  const whole = await using("sd15", (policy) => policy.sample(REQUESTS, SETTINGS));
  const half = await using("sd15-half", (policy) => policy.sample(REQUESTS, SETTINGS));
  for (const [i, { pixels }] of whole.entries()) {
    // guidance and four steps multiply a rounding of 1/2048 in these untrained networks
    expect(compare(half[i], pixels).mean).toBeLessThan(3);
    expect(compare(half[(i + 1) % 5], pixels).mean).toBeGreaterThan(6);
  }
});

test("it computes where the worker's setting says", async () => {
  const { provider } = await chooseProvider("auto");
  const policy = await loadPolicy({ folder: folders.sd15 }, { provider });
  const chosen = await policy.sample(REQUESTS, SETTINGS);
  await policy.dispose();
  const cpu = await using("sd15", (same) => same.sample(REQUESTS, SETTINGS));
  for (const [i, { pixels }] of cpu.entries())
    expect(compare(chosen[i], pixels).most).toBeLessThanOrEqual(provider === "cpu" ? 0 : 4);
});

test("settings that it does not know are refused by name", () =>
  using("sd15", async (policy) => {
    const refused = (settings: Partial<typeof SETTINGS>) =>
      expect(policy.sample(REQUESTS, { ...SETTINGS, ...settings })).rejects;
    await refused({ guidance: 0.5 }).toMatchObject({ code: "BAD_INPUT", field: "guidance" });
    await refused({ guidance: Number.NaN }).toMatchObject({ field: "guidance" });
    await refused({ steps: 0 }).toMatchObject({ field: "steps" });
    await refused({ scheduler: "heun" }).toMatchObject({
      field: "scheduler",
      message: expect.stringContaining("ddim"),
    });
  }));
