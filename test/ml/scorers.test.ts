import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeFrame } from "../../server/ml/encoders/preprocessing.ts";
import { availableScorers } from "../../server/ml/scorers/available.ts";
import { ScorerEngine, type ScorerItem } from "../../server/ml/scorers/engine.ts";
import type { Outcome } from "../../server/ml/scorers/formulas.ts";
import { preparePicture } from "../../server/ml/scorers/prepare.ts";
import type { ScorerSettings } from "../../server/ml/scorers/settings.ts";
import {
  clipFeatures,
  distance,
  imageEmbedding,
  type Planes,
  reward,
  SEEDS,
  textEmbedding,
  writeTinyScorers,
} from "../support/tiny-scorers.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_DEVIATION = [0.26862954, 0.26130258, 0.27577711];
/** Ids of the whole vocabularies: see tools/reference/scorer_tokens.py. */
const CLIP_IDS = {
  cat: [49406, 320, 1125, 539, 320, 2368, 49407],
  "A photo depicts cat": [49406, 320, 1125, 29340, 320, 1125, 539, 320, 2368, 49407],
};
const PROMPT = "a photo of a cat";

let folder = "";
let settings: ScorerSettings;
let photos: Buffer[];
let clip: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scorers-"));
  settings = { directory: folder, cacheDirectory: folder, hubUrl: "" };
  await writeTinyScorers(folder);
  const names = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.png"];
  photos = await Promise.all(names.map((name) => readFile(new URL(`encoders/${name}`, FIXTURES))));
  clip = await animation(20);
});
afterAll(() => rm(folder, { recursive: true }));

/** A lossless animated WebP whose frame t is a photo shifted by t lines. */
async function animation(frames: number): Promise<Buffer> {
  const [width, height] = [40, 32];
  const raw = await sharp(photos[0]).resize(width, height, { fit: "fill" }).removeAlpha().raw().toBuffer();
  const shifted = (t: number) => Buffer.concat([raw.subarray(t * width * 3), raw.subarray(0, t * width * 3)]);
  return sharp(Buffer.concat(Array.from({ length: frames }, (_, t) => shifted(t))), {
    raw: { width, height: height * frames, channels: 3, pageHeight: height },
  })
    .webp({ lossless: true, loop: 0, delay: Array(frames).fill(40) })
    .toBuffer();
}

async function planes(
  file: Buffer,
  to: {
    side: number;
    kernel?: "torch-bilinear" | "pillow-bicubic";
    mean?: number[];
    deviation?: number[];
    frame?: number;
  },
): Promise<Planes> {
  const { side, kernel = "pillow-bicubic", mean = CLIP_MEAN, deviation = CLIP_DEVIATION, frame = 0 } = to;
  const image = await decodeFrame(file, "#ffffff", frame);
  const fit = image.width === image.height ? "stretch" : "crop";
  const picture = preparePicture(image, {
    ...{ width: side, height: side, fit, kernel, layout: "nchw" },
    mean: [0, 0, 0],
    deviation: [1, 1, 1],
  });
  return [0, 1, 2].map((c) =>
    Array.from(
      { length: side * side },
      (_, p) => ((picture[p * 3 + c] ?? 0) / 255 - (mean[c] ?? 0)) / (deviation[c] ?? 1),
    ),
  );
}
const HALVES = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};
const padded = (ids: readonly number[], id: number): number[] => [...ids, ...Array(77 - ids.length).fill(id)];

/** All outcomes of one scorer. */
async function scored(id: string, items: readonly ScorerItem[], own = settings): Promise<Outcome[]> {
  const engine = await ScorerEngine.open([id], { settings: own });
  const outcomes: Outcome[] = [];
  for await (const item of engine.score(items)) {
    const outcome = item.outcomes.get(id);
    if (outcome) outcomes.push(outcome);
  }
  await engine.dispose();
  return outcomes;
}
function numberOf(outcome: Outcome | undefined): number {
  if (outcome?.kind !== "value") throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

describe("each built-in scorer's number is its formula, computed another way", () => {
  test.each([
    {
      id: "clipscore",
      image: SEEDS.clipImage,
      text: SEEDS.clipText,
      ids: padded(CLIP_IDS["A photo depicts cat"], 49407),
      scale: 2.5,
      floor: 0,
    },
    {
      id: "pickscore",
      image: SEEDS.pick,
      text: SEEDS.pick + 1,
      ids: padded(CLIP_IDS.cat, 49407),
      scale: 100,
      floor: -1,
    },
    { id: "hpsv2", image: SEEDS.hps, text: SEEDS.hps + 1, ids: padded(CLIP_IDS.cat, 0), scale: 1, floor: -1 },
  ])("$id: $scale cos", async ({ id, image, text, ids, scale, floor }) => {
    const outcomes = await scored(
      id,
      photos.map((media, i) => ({ key: String(i), media, prompt: PROMPT })),
    );
    for (const [i, photo] of photos.entries()) {
      const angle = cosine(imageEmbedding(image, await planes(photo, { side: 224 })), textEmbedding(text, ids));
      expect(numberOf(outcomes[i]) / scale).toBeCloseTo(Math.max(angle, floor), 5);
    }
    expect(new Set(outcomes.map(numberOf)).size).toBeGreaterThan(1);
  });

  test("imagereward: the head's number less its mean, by its deviation; the padding is masked", async () => {
    const outcomes = await scored(
      "imagereward",
      photos.map((media, i) => ({ key: String(i), media, prompt: PROMPT })),
    );
    for (const [i, photo] of photos.entries()) {
      const raw = reward(SEEDS.reward, await planes(photo, { side: 224 }), [101, 1037, 6302, 1997, 1037, 4937, 102]);
      expect(numberOf(outcomes[i])).toBeCloseTo((raw - 0.16717362830052426) / 1.0333394966054072, 4);
    }
  });

  test("lpips-alex: distance to the reference, 0 to itself", async () => {
    const [a, b] = [photos[0] ?? Buffer.alloc(0), photos[1] ?? Buffer.alloc(0)];
    const [apart, equal] = await scored("lpips-alex", [
      { key: "apart", media: a, reference: b },
      { key: "equal", media: a, reference: a },
    ]);
    const [one, other] = [await planes(a, { side: 256, ...HALVES }), await planes(b, { side: 256, ...HALVES })];
    expect(numberOf(apart)).toBeCloseTo(distance(SEEDS.lpips, one, other), 5);
    expect(numberOf(equal)).toBe(0);
  });

  test("lpips-alex-frames: mean over neighbours of 16 of the clip's 20 frames", async () => {
    const [outcome] = await scored("lpips-alex-frames", [{ key: "clip", media: clip }]);
    const places = Array.from({ length: 16 }, (_, i) => Math.round((i * 19) / 15));
    const frames = await Promise.all(places.map((frame) => planes(clip, { side: 256, ...HALVES, frame })));
    const distances = frames.slice(1).map((frame, i) => distance(SEEDS.lpips, frames[i] ?? [], frame));
    expect(numberOf(outcome)).toBeCloseTo(distances.reduce((sum, x) => sum + x, 0) / 15, 5);
  });

  test("i3d-fvd: the first 16 frames as one tensor; the same clip as a file for each frame; a short one is refused", async () => {
    const frames = await Promise.all(
      Array.from({ length: 20 }, (_, page) => sharp(clip, { page, pages: 1 }).png().toBuffer()),
    );
    const outcomes = await scored("i3d-fvd", [
      { key: "file", media: clip },
      { key: "frames", media: frames },
      { key: "short", media: frames.slice(0, 15) },
      { key: "still", media: photos[0] ?? Buffer.alloc(0) },
    ]);
    const inputs = await Promise.all(
      Array.from({ length: 16 }, (_, frame) => planes(clip, { side: 224, kernel: "torch-bilinear", ...HALVES, frame })),
    );
    const expected = clipFeatures(SEEDS.video, inputs);
    for (const outcome of outcomes.slice(0, 2)) {
      if (outcome.kind !== "features") throw new Error(JSON.stringify(outcome));
      expect(outcome.features.length).toBe(10);
      for (const [i, x] of expected.entries()) expect(outcome.features[i]).toBeCloseTo(x, 4);
    }
    const gif = await sharp(clip, { pages: -1 }).gif().toBuffer();
    expect(await scored("i3d-fvd", [{ key: "gif", media: gif }])).toMatchObject([{ kind: "features" }]);
    expect(outcomes.slice(2)).toEqual([
      { kind: "failure", reason: "The clip has 15 frames; 16 are wanted." },
      { kind: "failure", reason: "The clip has 1 frames; 16 are wanted." },
    ]);
  });

  test("inception-fid: pool3 of the image at 299 px", async () => {
    const [outcome] = await scored("inception-fid", [{ key: "a", media: photos[0] ?? Buffer.alloc(0) }]);
    if (outcome?.kind !== "features") throw new Error(JSON.stringify(outcome));
    const expected = imageEmbedding(
      SEEDS.inception,
      await planes(photos[0] ?? Buffer.alloc(0), { side: 299, kernel: "torch-bilinear", ...HALVES }),
    );
    for (const [i, x] of expected.entries()) expect(outcome.features[i]).toBeCloseTo(x, 4);
  });

  test("frame by frame: the mean of CLIPScore, and the worst of the safety classifier, over 8 frames of the clip", async () => {
    const places = Array.from({ length: 8 }, (_, i) => Math.round((i * 19) / 7));
    const stills = await Promise.all(places.map((page) => sharp(clip, { page, pages: 1 }).png().toBuffer()));
    const items = stills.map((media, i) => ({ key: String(i), media, prompt: PROMPT }));
    const safety = "nsfwjs-mobilenet-v2-mid";
    const engine = await ScorerEngine.open(["clipscore", safety, "clipscore-frames", `${safety}-frames`], { settings });
    const values = { clip: [] as number[], safety: [] as number[] };
    for await (const { outcomes } of engine.score(items)) {
      values.clip.push(numberOf(outcomes.get("clipscore")));
      values.safety.push(numberOf(outcomes.get(safety)));
    }
    for await (const { outcomes } of engine.score([{ key: "clip", media: clip, prompt: PROMPT }])) {
      expect(numberOf(outcomes.get("clipscore-frames"))).toBeCloseTo(values.clip.reduce((a, b) => a + b, 0) / 8, 5);
      expect(numberOf(outcomes.get(`${safety}-frames`))).toBeCloseTo(Math.max(...values.safety), 6);
      expect(numberOf(outcomes.get("clipscore"))).toBeCloseTo(values.clip[0] ?? 0, 5);
    }
    await engine.dispose();
  });
});

test("several scorers read one pass of any number of samples: each file decoded once, the order kept", async () => {
  const ids = ["clipscore", "pickscore", "hpsv2", "imagereward"];
  const engine = await ScorerEngine.open(ids, { settings });
  expect(engine.scorers.map(({ card }) => card.id)).toEqual(ids);
  const items = Array.from({ length: 83 }, (_, i) => ({
    key: `s${i}`,
    media: photos[i % 4] ?? Buffer.alloc(0),
    prompt: i % 3 ? PROMPT : "a cat 🐱 wearing sunglasses 😎",
  }));
  const rows: { key: string; values: number[] }[] = [];
  for await (const { key, outcomes } of engine.score(items))
    rows.push({ key, values: ids.map((id) => numberOf(outcomes.get(id))) });
  expect(rows.map(({ key }) => key)).toEqual(items.map(({ key }) => key));
  expect(engine.decoded).toBe(83);
  // sample i and i + 12 are the same photo and prompt
  for (const [i, { values }] of rows.entries())
    for (const [s, value] of (rows[i + 12]?.values ?? []).entries())
      expect(value).toBeCloseTo(values[s] ?? Number.NaN, 5);
  await engine.dispose();
});

test("what is wrong with one sample fails it alone, for the scorers that it concerns", async () => {
  const [good = Buffer.alloc(0)] = photos;
  const engine = await ScorerEngine.open(["clipscore", "nsfwjs-mobilenet-v2-mid", "lpips-alex"], { settings });
  const items: ScorerItem[] = [
    { key: "whole", media: good, prompt: "", reference: good },
    { key: "text", media: Buffer.from("no image"), prompt: PROMPT, reference: good },
    { key: "cut", media: good.subarray(0, 5000), prompt: PROMPT, reference: good },
    { key: "no prompt", media: good, reference: good },
    { key: "no reference", media: good, prompt: PROMPT },
    { key: "bad reference", media: good, prompt: PROMPT, reference: Buffer.from("none") },
    { key: "no frames", media: [], prompt: PROMPT, reference: good },
  ];
  const failures: Record<string, (string | null)[]> = {};
  for await (const { key, outcomes } of engine.score(items))
    failures[key] = [...outcomes.values()].map((o) => (o.kind === "failure" ? o.reason : null));
  await engine.dispose();
  const unsupported = "Input buffer contains unsupported image format";
  expect(failures).toEqual({
    whole: [null, null, null],
    text: [unsupported, unsupported, unsupported],
    cut: [expect.any(String), expect.any(String), expect.any(String)],
    "no prompt": ["The scorer needs the prompt, and the sample has none.", null, null],
    "no reference": [null, null, "The scorer needs a reference image, and the sample has none."],
    "bad reference": [null, null, `The reference image: ${unsupported}`],
    "no frames": Array(3).fill("The sample has no frames."),
  });
});

test("a signal stops it, a consumer may stop early, and a source's error comes through", async () => {
  const engine = await ScorerEngine.open(["hpsv2"], { settings });
  const endless = (async function* () {
    for (let i = 0; ; i++) yield { key: String(i), media: photos[0] ?? Buffer.alloc(0), prompt: PROMPT };
  })();
  let seen = 0;
  for await (const _ of engine.score(endless)) if (++seen === 20) break;
  expect(seen).toBe(20);
  const abort = new AbortController();
  abort.abort(new Error("cancelled"));
  const all = async (source: AsyncIterable<ScorerItem> | Iterable<ScorerItem>, signal?: AbortSignal) => {
    for await (const _ of engine.score(source, { signal }));
  };
  await expect(all([{ key: "a", media: photos[0] ?? Buffer.alloc(0) }], abort.signal)).rejects.toThrow("cancelled");
  const failing = (async function* (): AsyncGenerator<ScorerItem> {
    yield { key: "a", media: photos[0] ?? Buffer.alloc(0) };
    throw new Error("the store is away");
  })();
  await expect(all(failing)).rejects.toThrow("the store is away");
  await engine.dispose();
});

test("the built-in scorers are available when their files are, and say which are missing", async () => {
  const here = await availableScorers(settings);
  expect(here.broken).toEqual([]);
  expect(here.scorers.map(({ state }) => state)).toEqual(here.scorers.map(() => "READY"));
  const empty = { directory: join(folder, "none"), cacheDirectory: join(folder, "cache"), hubUrl: "" };
  const states = Object.fromEntries((await availableScorers(empty)).scorers.map(({ card, state }) => [card.id, state]));
  expect(states).toEqual({
    ...Object.fromEntries(here.scorers.map(({ card }) => [card.id, "MISSING"])),
    "nsfwjs-mobilenet-v2-mid": "READY",
    "nsfwjs-mobilenet-v2-mid-frames": "READY",
  });
  const online = await availableScorers({ ...empty, hubUrl: "https://hub.example" });
  expect(online.scorers.find(({ card }) => card.id === "clipscore")).toMatchObject({
    state: "DOWNLOADABLE",
    reason: expect.stringContaining(
      "https://hub.example/Xenova/clip-vit-base-patch32/resolve/main/onnx/vision_model.onnx",
    ),
  });
  const lacking = ScorerEngine.open(["pickscore"], { settings: empty });
  await expect(lacking).rejects.toMatchObject({ code: "SCORER_UNAVAILABLE", field: "scorer" });
  await expect(lacking).rejects.toThrow(/"pickscore".*"pickscore.image.onnx".*GANRM_SCORERS_DIR/);
});
