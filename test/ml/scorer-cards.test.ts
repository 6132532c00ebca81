import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeEach, expect, test } from "vitest";
import { GraphBuilder } from "../../server/ml/onnx/operators.ts";
import { availableScorers } from "../../server/ml/scorers/available.ts";
import { ScorerEngine } from "../../server/ml/scorers/engine.ts";
import type { ScorerSettings } from "../../server/ml/scorers/settings.ts";
import { writeTinyScorers } from "../support/tiny-scorers.ts";

let folder = "";
let settings: ScorerSettings;
beforeEach(async () => {
  if (folder) await rm(folder, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), "scorer-cards-"));
  settings = { directory: folder, cacheDirectory: join(folder, "cache"), hubUrl: "" };
  await put("brightness.onnx", brightness());
});
afterAll(() => rm(folder, { recursive: true }));

const put = (name: string, content: Uint8Array | string | object) =>
  writeFile(
    join(folder, name),
    typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content),
  );

/** A classifier of two classes: logits [N, 2] = (mean of the pixels) times (-4, 4). */
function brightness(scale = 4): Uint8Array {
  const g = new GraphBuilder();
  const mean = g.reduceMean(g.input("pixels", [1, 3, 8, 8]), [1, 2, 3]);
  const column = g.emit("Unsqueeze", [mean, g.integers([1])], { shape: [1, 1] });
  g.output("logits", g.matmul(column, g.constant(Float32Array.of(-scale, scale), [1, 2])));
  return g.encode({ dynamicBatch: "N" });
}

/** The least that makes a card. */
const CARD = {
  id: "brightness",
  metric: "Bright(tiny)",
  version: "1",
  direction: "HIGHER",
  unit: "P(bright), 0 to 1",
  licence: "CC0-1.0",
  sample: { kind: "image" },
  preprocessing: { width: 8, height: 8, fit: "stretch", kernel: "pillow-bilinear", mean: [0.5, 0.5, 0.5] },
  model: { file: "brightness.onnx", inputs: { image: "pixels" }, output: "logits" },
  formula: {
    kind: "probability",
    activation: "softmax",
    classes: ["dark", "bright"],
    positive: ["bright"],
    threshold: 0.9,
  },
};

const flat = (grey: number) =>
  sharp({ create: { width: 20, height: 10, channels: 3, background: { r: grey, g: grey, b: grey } } })
    .png()
    .toBuffer();

async function scoresOf(id: string, greys: readonly number[]) {
  const engine = await ScorerEngine.open([id], { settings });
  try {
    const items = await Promise.all(greys.map(async (grey) => ({ key: String(grey), media: await flat(grey) })));
    const rows = [];
    for await (const { outcomes } of engine.score(items)) rows.push(outcomes.get(id));
    return { rows, provenance: engine.scorers[0]?.provenance };
  } finally {
    await engine.dispose();
  }
}

test("a lab's own scorer is one file in its folder", async () => {
  await put("brightness.scorer.json", CARD);
  const { scorers, broken } = await availableScorers(settings);
  expect(broken).toEqual([]);
  expect(scorers.find(({ card }) => card.id === "brightness")).toMatchObject({
    state: "READY",
    reason: null,
    needs: { prompt: false, reference: false, clip: false },
  });
  const { rows, provenance } = await scoresOf("brightness", [0, 255, 204]);
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  for (const [i, mean] of [-0.5, 0.5, 0.3].entries())
    expect(rows[i]).toMatchObject({
      kind: "value",
      value: expect.closeTo(sigmoid(8 * mean), 5),
      flagged: sigmoid(8 * mean) >= 0.9,
    });
  expect(provenance).toMatchObject({
    scorer: "brightness",
    version: "1",
    files: { "brightness.onnx": createHash("sha256").update(brightness()).digest("hex") },
    formula: CARD.formula,
    text: null,
  });
});

test("the example in the architecture page is a card", async () => {
  const page = await readFile(new URL("../../server/ml/scorers/ARCHITECTURE.md", import.meta.url), {
    encoding: "utf8",
  });
  await put("example.scorer.json", /```json\n(.*?)```/s.exec(page)?.[1] ?? "");
  const { scorers, broken } = await availableScorers(settings);
  expect(broken).toEqual([]);
  expect(scorers.find(({ card: { id } }) => id === "falconsai-nsfw")).toMatchObject({
    state: "MISSING",
    reason: expect.stringContaining('"falconsai-nsfw.onnx"'),
  });
});

test("it may take the place of a built-in one, and says what it is", async () => {
  await put("safety.scorer.json", { ...CARD, id: "nsfwjs-mobilenet-v2-mid", version: "lab-2" });
  const { scorers } = await availableScorers(settings);
  const taken = scorers.filter(({ card }) => card.id === "nsfwjs-mobilenet-v2-mid");
  expect(taken.map(({ card }) => card.version)).toEqual(["lab-2"]);
});

const { formula: _formula, ...withoutFormula } = CARD;
const text = { tokenizer: { file: "t.json" }, maxLength: 77, padId: 0 };
test.each([
  ["no JSON", "{", /it is not JSON/],
  ["a field missing", withoutFormula, /^formula: /],
  ["a field unknown", { ...CARD, threshold: 0.5 }, /Unrecognized key: "threshold"/],
  ["an id with spaces", { ...CARD, id: "My scorer" }, /^id: must be lower-case/],
  ["a direction of its own", { ...CARD, direction: "UP" }, /^direction: /],
  [
    "a kernel of its own",
    { ...CARD, preprocessing: { ...CARD.preprocessing, kernel: "lanczos" } },
    /^preprocessing.kernel: /,
  ],
  [
    "a deviation of 0",
    { ...CARD, preprocessing: { ...CARD.preprocessing, deviation: [1, 0, 1] } },
    /^preprocessing.deviation: must be greater than 0/,
  ],
  [
    "a crop that is no square",
    { ...CARD, preprocessing: { ...CARD.preprocessing, fit: "crop", height: 9 } },
    /^preprocessing.height: must be the width for "crop"/,
  ],
  ["no image", { ...CARD, model: { ...CARD.model, inputs: {} } }, /^model.inputs.image: /],
  [
    "a sha256 in capitals",
    { ...CARD, model: { ...CARD.model, sha256: "A".repeat(64) } },
    /^model.sha256: must be 64 hex/,
  ],
  ["a pair without a second input", { ...CARD, sample: { kind: "pair" } }, /^model.inputs.reference: must be there/],
  [
    "a class that is not",
    { ...CARD, formula: { ...CARD.formula, positive: ["light"] } },
    /^formula.positive.0: "light" is none/,
  ],
  ["a cosine without text", { ...CARD, formula: { kind: "cosine", scale: 1 } }, /^textModel: must be there/],
  ["text that nobody reads", { ...CARD, text }, /^text: must not be there/],
  [
    "features of many frames",
    { ...CARD, sample: { kind: "frames", count: 4 }, formula: { kind: "features" } },
    /^sample.kind: must be/,
  ],
])("a card with %s is named with its field, and the others stay", async (_what, card, reason) => {
  await put("bad.scorer.json", card);
  await put("good.scorer.json", { ...CARD, id: "good" });
  const { scorers, broken } = await availableScorers(settings);
  expect(broken).toEqual([{ source: join(folder, "bad.scorer.json"), reason: expect.stringMatching(reason) }]);
  expect(scorers.find(({ card: { id } }) => id === "good")?.state).toBe("READY");
  await expect(ScorerEngine.open(["brightness"], { settings })).rejects.toMatchObject({
    code: "BAD_INPUT",
    field: "scorer",
    message: expect.stringMatching(
      /There is no scorer "brightness"; there are .*bad\.scorer\.json is no scorer card: /s,
    ),
  });
});

test("two cards of one id: the second is the broken one", async () => {
  await put("a.scorer.json", CARD);
  await put("b.scorer.json", CARD);
  const { broken } = await availableScorers(settings);
  expect(broken).toEqual([
    { source: join(folder, "b.scorer.json"), reason: expect.stringContaining("a.scorer.json too") },
  ]);
});

test.each([
  [
    "another sha256",
    { ...CARD.model, sha256: "0".repeat(64) },
    /has sha256 [0-9a-f]{64}, not 0{64} as .*scorer\.json says/,
  ],
  ["another input", { ...CARD.model, inputs: { image: "x" } }, /has the inputs pixels; the card names x/],
  [
    "an input that nobody gives",
    { ...CARD.model, file: "two.onnx" },
    /has the inputs pixels, more; the card names pixels/,
  ],
  ["another output", { ...CARD.model, output: "y" }, /has the outputs logits; the card names y/],
  ["no model in its file", { ...CARD.model, file: "text.onnx" }, /text\.onnx can't be loaded/],
])("a card with %s is refused when it is opened", async (_what, model, reason) => {
  const g = new GraphBuilder();
  g.output("logits", g.add(g.input("pixels", [1, 3, 8, 8]), g.input("more", [1, 3, 8, 8])));
  await put("two.onnx", g.encode());
  await put("text.onnx", "none");
  await put("it.scorer.json", { ...CARD, model });
  await expect(ScorerEngine.open(["brightness"], { settings })).rejects.toMatchObject({
    code: "BAD_INPUT",
    field: "scorer",
    message: expect.stringMatching(reason),
  });
});

test("a number that is not finite, or no probability, is refused; a model that can't run ends the run by name", async () => {
  await put("brightness.onnx", brightness(Number.NaN));
  await put("it.scorer.json", CARD);
  expect((await scoresOf("brightness", [255])).rows).toEqual([
    { kind: "failure", reason: "The model gave a number that is not finite." },
  ]);
  await put("brightness.onnx", brightness());
  await put("it.scorer.json", { ...CARD, formula: { ...CARD.formula, activation: "none" } });
  expect((await scoresOf("brightness", [255])).rows).toEqual([
    { kind: "failure", reason: 'The model gave -2, which is no probability; see "activation".' },
  ]);
  await put("it.scorer.json", { ...CARD, formula: { ...CARD.formula, classes: ["dark", "bright", "grey"] } });
  expect((await scoresOf("brightness", [255])).rows).toEqual([
    { kind: "failure", reason: "The model gave 2 classes; the card names 3." },
  ]);
  await put("it.scorer.json", { ...CARD, preprocessing: { ...CARD.preprocessing, width: 9 } });
  await expect(scoresOf("brightness", [255])).rejects.toThrow(/^Scorer "brightness": .*brightness\.onnx can't be run/);
});

test("weights beside the model are looked for with it, and part of the provenance", async () => {
  await put("it.scorer.json", { ...CARD, model: { ...CARD.model, data: ["brightness.data"] } });
  const before = (await availableScorers(settings)).scorers.find(({ card }) => card.id === "brightness");
  expect(before).toMatchObject({
    state: "MISSING",
    reason: expect.stringContaining('"brightness.onnx" and "brightness.data"'),
  });
  await put("brightness.data", "weights");
  const { provenance } = await scoresOf("brightness", [0]);
  expect(provenance?.files["brightness.data"]).toBe(createHash("sha256").update("weights").digest("hex"));
});

test("files come from a hub once, small ones checked by git's name for them; without it, it says what to do", async () => {
  await writeTinyScorers(folder);
  const store: Record<string, Buffer> = {
    "/Xenova/clip-vit-base-patch32/resolve/main/onnx/vision_model.onnx": await readFile(
      join(folder, "clip-vit-b32.image.onnx"),
    ),
    "/Xenova/clip-vit-base-patch32/resolve/main/onnx/text_model.onnx": await readFile(
      join(folder, "clip-vit-b32.text.onnx"),
    ),
    "/openai/clip-vit-base-patch32/resolve/main/tokenizer.json": await readFile(join(folder, "clip.tokenizer.json")),
  };
  let requests = 0;
  const hub = createServer(({ url = "" }, response) => {
    requests++;
    const bytes = store[url];
    if (!bytes) return response.writeHead(404).end();
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const git = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    response.writeHead(200, url.endsWith(".onnx") ? { "x-linked-etag": `"${sha256}"` } : { etag: `"${git}"` });
    response.end(bytes);
  }).listen(0, "127.0.0.1");
  await once(hub, "listening");
  const hubUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  const online = { directory: join(folder, "empty"), cacheDirectory: join(folder, "cache"), hubUrl };
  await (await ScorerEngine.open(["clipscore"], { settings: online })).dispose();
  const asked = requests;
  expect(asked).toBe(6);
  await (await ScorerEngine.open(["clipscore"], { settings: online })).dispose();
  expect(requests).toBe(asked);
  expect((await availableScorers(online)).scorers.find(({ card }) => card.id === "clipscore")?.state).toBe("READY");
  await expect(ScorerEngine.open(["imagereward"], { settings: online })).rejects.toMatchObject({
    code: "SCORER_UNAVAILABLE",
    message: expect.stringContaining('"imagereward.onnx"'),
  });
  delete store["/openai/clip-vit-base-patch32/resolve/main/tokenizer.json"];
  const elsewhere = { ...online, cacheDirectory: join(folder, "other") };
  await expect(ScorerEngine.open(["clipscore"], { settings: elsewhere })).rejects.toMatchObject({
    code: "SCORER_UNAVAILABLE",
    message: expect.stringMatching(/Scorer "clipscore": .*tokenizer\.json: HTTP 404/),
  });
  hub.closeAllConnections();
  hub.close();
});
