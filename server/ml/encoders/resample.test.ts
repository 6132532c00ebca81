import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { expect, test } from "vitest";
import { CLIP_CARD } from "./clip.ts";
import { decodeImage, packImages } from "./preprocessing.ts";
import { resizeAndCrop } from "./resample.ts";

const FIXTURES = new URL("../../../test/fixtures/encoders/", import.meta.url);
const SIDE = CLIP_CARD.preprocessing.width;

/** Made by tools/reference/clip_preprocessing.py. */
interface Fixture {
  places: [channel: number, y: number, x: number][];
  cases: { photo?: string; pattern?: [width: number, height: number]; sha256: string; values: number[] }[];
}
const fixture: Fixture = JSON.parse(
  await readFile(new URL("clip-preprocessing.fixture.json", FIXTURES), { encoding: "utf8" }),
);

function pattern(width: number, height: number): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (7 * x * x + 13 * c * y + x * y + 31 * c) % 256;
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

const cases = fixture.cases.map((reference) => ({
  ...reference,
  name: reference.photo ?? reference.pattern?.join(" x "),
}));

test.each(cases)("CLIP's preprocessing is Hugging Face's to the bit: $name", async (reference) => {
  const { photo, pattern: size, sha256, values } = reference;
  const file = photo ? await readFile(new URL(photo, FIXTURES)) : await pattern(...(size ?? [0, 0]));
  const pixels = await decodeImage(file, CLIP_CARD.preprocessing);
  expect(createHash("sha256").update(pixels).digest("hex")).toBe(sha256);
  const packed = packImages([pixels], CLIP_CARD.preprocessing);
  for (const [i, [channel, y, x]] of fixture.places.entries())
    expect(packed[(channel * SIDE + y) * SIDE + x]).toBeCloseTo(values[i] ?? Number.NaN, 5);
});

test("an image of the wanted size stays as it is, and a flat one keeps its colour at any size", () => {
  const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  expect(resizeAndCrop({ width: 8, height: 8, data }, 8)).toEqual(data);
  for (const [width, height] of [
    [5, 9],
    [40, 17],
  ] as const) {
    const flat = new Uint8Array(width * height * 3).fill(201);
    expect(resizeAndCrop({ width, height, data: flat }, 12)).toEqual(new Uint8Array(12 * 12 * 3).fill(201));
  }
});
