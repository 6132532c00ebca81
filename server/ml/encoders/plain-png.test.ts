import { inflateSync } from "node:zlib";
import sharp, { type PngOptions } from "sharp";
import { describe, expect, test } from "vitest";
import { Random } from "../onnx/random.ts";
import { decodePlainPng } from "./plain-png.ts";
import { decodeBySharp, decodeImage, type Preprocessing } from "./preprocessing.ts";

const SIZE = 256;
const PREPROCESSING: Preprocessing = {
  width: SIZE,
  height: SIZE,
  fit: "stretch",
  kernel: "cubic",
  background: "#ffffff",
  tensor: "uint8-nhwc",
};

/** Every pair of a value (across) and an alpha (down); the other channels smooth and noisy, so that every filter is used. */
function raster(channels: 3 | 4): Buffer {
  const random = new Random(7);
  const pixels = Buffer.alloc(SIZE * SIZE * channels);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const noise = y % 3 === 0 ? random.next() % 256 : 0;
      pixels.set([x, (x + y) >> 1, (x ^ noise) & 255, y].slice(0, channels), (y * SIZE + x) * channels);
    }
  }
  return pixels;
}

const png = (channels: 3 | 4, options: PngOptions = {}) =>
  sharp(raster(channels), { raw: { width: SIZE, height: SIZE, channels } })
    .png(options)
    .toBuffer();

describe.each([3, 4] as const)("%i channels", (channels) => {
  test.each([{ compressionLevel: 6 }, { adaptiveFiltering: true, compressionLevel: 9 }, { compressionLevel: 0 }])(
    "the same bytes as sharp's, for every value and alpha: %o",
    async (options) => {
      const file = await png(channels, options);
      expect(decodePlainPng(file, PREPROCESSING)?.channels).toBe(channels);
      expect(Buffer.from(await decodeImage(file, PREPROCESSING))).toEqual(await decodeBySharp(file, PREPROCESSING));
    },
  );
});

test("the raster is filtered in all five ways", async () => {
  const files = await Promise.all([png(3), png(4, { adaptiveFiltering: true }), png(3, { adaptiveFiltering: true })]);
  const filters = new Set(files.flatMap(filtersOf));
  expect([...filters].toSorted()).toEqual([0, 1, 2, 3, 4]);
});

test("other kinds of file are left to sharp", async () => {
  const plain = await png(3);
  const others = {
    otherSize: await sharp(plain)
      .resize(SIZE - 1)
      .png()
      .toBuffer(),
    palette: await sharp(plain).png({ palette: true }).toBuffer(),
    interlaced: await png(3, { progressive: true }),
    deep: await sharp(plain).toColourspace("rgb16").png().toBuffer(),
    grey: await sharp(plain).toColourspace("b-w").png().toBuffer(),
    profile: await sharp(plain).withIccProfile("p3").png().toBuffer(),
    turned: await sharp(plain).withMetadata({ orientation: 3 }).png().toBuffer(),
    jpeg: await sharp(plain).jpeg().toBuffer(),
    text: Buffer.from("text"),
    empty: Buffer.alloc(0),
    truncated: plain.subarray(0, plain.length - 20),
    trailing: Buffer.concat([plain, Buffer.from("more")]),
    flipped: flipped(plain, plain.length >> 1),
  };
  for (const [kind, file] of Object.entries(others)) {
    expect({ kind, pixels: decodePlainPng(file, PREPROCESSING) }).toEqual({ kind, pixels: undefined });
  }
});

/** Filter of each line, read out of the file without the decoder under test. */
function filtersOf(file: Buffer): number[] {
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  const lines = inflateSync(Buffer.concat(parts));
  return Array.from({ length: SIZE }, (_, y) => lines[(y * lines.length) / SIZE] ?? -1);
}

function flipped(file: Buffer, place: number): Buffer {
  const copy = Buffer.from(file);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
