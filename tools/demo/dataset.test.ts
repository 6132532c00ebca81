import { createHash } from "node:crypto";
import sharp from "sharp";
import { expect, test } from "vitest";
import { buildEmojiDataset, type Picture } from "./dataset.ts";
import { commonPrompts } from "./emoji.ts";
import { baseNouns, familiesOf, joinLinked } from "./families.ts";

const dataset = buildEmojiDataset();

test("proxy images and candidates share no prompt", () => {
  const proxy = new Set(dataset.proxy.map((picture) => picture.fileName));
  expect(proxy.size).toBe(500);
  expect(dataset.samples.filter((sample) => proxy.has(sample.fileName))).toEqual([]);
});

test("train prompts never show the preferred style, eval prompts show it exactly once", () => {
  const shown = new Map<number, number>();
  for (const s of dataset.samples)
    shown.set(s.promptPosition, (shown.get(s.promptPosition) ?? 0) + (s.label === dataset.preferredStyle ? 1 : 0));
  for (const [position, count] of shown) expect(count).toBe(dataset.prompts[position]?.tags[0] === "eval" ? 1 : 0);
  expect(shown.size).toBe(500);
});

test("all seven vendors draw every prompt where raw outputs may be good ones", () => {
  const noisy = buildEmojiDataset({ k: 7, trainOn: "ALL_VENDORS" });
  expect(noisy.prompts).toEqual(dataset.prompts);
  const vendors = Map.groupBy(noisy.samples, (sample) => sample.promptPosition);
  for (const drawn of vendors.values()) expect(new Set(drawn.map((sample) => sample.label)).size).toBe(7);
  expect(vendors.size).toBe(500);
});

test("the place among the K does not tell the style", () => {
  const places = [0, 0, 0, 0];
  for (const s of dataset.samples) if (s.label === dataset.preferredStyle) places[s.k] = (places[s.k] ?? 0) + 1;
  for (const count of places) expect(count).toBeGreaterThan(40); // 250 over 4 places: 62.5 each, sd 6.8
});

test("the same seed gives the same data, another seed another", () => {
  const names = (seed: number) => buildEmojiDataset({ seed }).samples.map((s) => `${s.fileName}${s.label}`);
  expect(names(0)).toEqual(names(0));
  expect(names(1)).not.toEqual(names(0));
});

test("drawings are 128 x 128, opaque and not blank", async () => {
  for (const sample of dataset.samples.filter((_, i) => i % 40 === 0)) {
    const { channels, isOpaque } = await sharp(await sample.render()).stats();
    const { width, height } = await sharp(await sample.render()).metadata();
    expect([width, height, isOpaque]).toEqual([128, 128, true]);
    expect(Math.max(...channels.map((channel) => channel.stdev))).toBeGreaterThan(5);
  }
});

/** A drawing at 32 x 32 as a vector of mean 0 and length 1, so that a product of two is their correlation. */
async function appearance(png: Buffer): Promise<Float32Array> {
  const pixels = Float32Array.from(await sharp(png).resize(32, 32).removeAlpha().raw().toBuffer());
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const centred = pixels.map((value) => value - mean);
  const length = Math.hypot(...centred);
  return centred.map((value) => value / length);
}

function correlation(a: Float32Array, b: Float32Array): number {
  let product = 0;
  for (let i = 0; i < a.length; i++) product += (a[i] ?? 0) * (b[i] ?? 0);
  return product;
}

test("nothing nearly identical to a drawing to be judged is trained on", { timeout: 120_000 }, async () => {
  const isEval = (position: number) => dataset.prompts[position]?.tags[0] === "eval";
  const look = (pictures: Picture[]) =>
    Promise.all(
      pictures.map(async ({ fileName, render }) => {
        const png = await render();
        return { fileName, sha256: createHash("sha256").update(png).digest("hex"), look: await appearance(png) };
      }),
    );
  const judged = await look(dataset.samples.filter((s) => isEval(s.promptPosition)));
  const proxy = await look(dataset.proxy);
  const trainedOn = [...proxy, ...(await look(dataset.samples.filter((s) => !isEval(s.promptPosition))))];
  expect(new Set(trainedOn.map(({ sha256 }) => sha256)).size).toBe(1500);
  const alike = (some: typeof proxy, others: typeof proxy) =>
    some.flatMap((a) => others.filter((b) => correlation(a.look, b.look) > 0.95).map((b) => [a.fileName, b.fileName]));
  expect(alike(judged, trainedOn)).toEqual([]);
  // The measure does see likeness: within the proxy data, where families are whole, it finds dozens of pairs, each twice.
  expect(alike(proxy, proxy).length).toBeGreaterThan(proxy.length + 2 * 24);
});

test("no family of drawings is in two parts, whatever the seed", () => {
  const families = familiesOf(commonPrompts()).map((family) => new Set(family.map(({ slug }) => `${slug}.png`)));
  expect(families.reduce((sum, family) => sum + family.size, 0)).toBe(commonPrompts().length);
  for (const seed of [0, 1, 2]) {
    const { proxy, samples, prompts } = buildEmojiDataset({ seed });
    const partOf = new Map(proxy.map(({ fileName }) => [fileName, "proxy"]));
    for (const s of samples) partOf.set(s.fileName, prompts[s.promptPosition]?.tags[0] ?? "");
    expect(["proxy", "train", "eval"].map((part) => [...partOf.values()].filter((p) => p === part).length)).toEqual([
      500, 250, 250,
    ]);
    for (const family of families) {
      const parts = new Set([...family].flatMap((fileName) => partOf.get(fileName) ?? []));
      expect(parts.size, [...family].join(" ")).toBeLessThanOrEqual(1);
    }
  }
});

test("prompts whose names share a base noun are one family", () => {
  const families = familiesOf(commonPrompts());
  const familyOf = (slug: string) => families.findIndex((family) => family.some((prompt) => prompt.slug === slug));
  const together: [string, string][] = [
    ["one-oclock", "ten-thirty"],
    ["keycap-1", "keycap-9"],
    ["up-arrow", "left-arrow"],
    ["waving-hand", "raised-hand"],
    ["woman-dancing", "man-dancing"],
    ["taxi", "police-car"],
    ["magnifying-glass-tilted-left", "magnifying-glass-tilted-right"],
  ];
  for (const [a, b] of together) expect(familyOf(a), `${a}, ${b}`).toBe(familyOf(b));
  const nouns = Map.groupBy(
    commonPrompts().flatMap((prompt) => baseNouns(prompt).map((noun) => ({ noun, slug: prompt.slug }))),
    ({ noun }) => noun,
  );
  for (const [noun, named] of nouns) expect(new Set(named.map(({ slug }) => familyOf(slug))).size, noun).toBe(1);
});

test("links join through others", () => {
  const links: [string, string][] = [
    ["b", "c"],
    ["e", "d"],
    ["c", "a"],
  ];
  expect(joinLinked(["a", "b", "c", "d", "e", "f"], links)).toEqual([["a", "b", "c"], ["d", "e"], ["f"]]);
});

test("no keyword passes for a split, whatever the seed", () => {
  for (const seed of [0, 1, 2])
    for (const { tags } of buildEmojiDataset({ seed }).prompts)
      expect(tags.filter((tag) => tag === "train" || tag === "eval")).toHaveLength(1);
});
