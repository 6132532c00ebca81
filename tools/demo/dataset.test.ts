import { createHash } from "node:crypto";
import sharp from "sharp";
import { expect, test } from "vitest";
import { buildEmojiDataset } from "./dataset.ts";

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

test("no drawing to be judged was trained on under another prompt, byte for byte", { timeout: 120_000 }, async () => {
  const hashes = (pictures: { render(): Promise<Buffer> }[]) =>
    Promise.all(
      pictures.map(async (p) =>
        createHash("sha256")
          .update(await p.render())
          .digest("hex"),
      ),
    );
  const isEval = (position: number) => dataset.prompts[position]?.tags[0] === "eval";
  const judged = dataset.samples.filter((s) => isEval(s.promptPosition));
  const negatives = dataset.samples.filter((s) => !isEval(s.promptPosition));
  const trainedOn = new Set(await hashes([...dataset.proxy, ...negatives]));
  const judgedHashes = await hashes(judged);
  expect(trainedOn.size).toBe(1500);
  expect(judged.filter((_, i) => trainedOn.has(judgedHashes[i] ?? "")).map((s) => `${s.fileName} ${s.label}`)).toEqual(
    [],
  );
});

test("no keyword passes for a split, whatever the seed", () => {
  for (const seed of [0, 1, 2])
    for (const { tags } of buildEmojiDataset({ seed }).prompts)
      expect(tags.filter((tag) => tag === "train" || tag === "eval")).toHaveLength(1);
});
