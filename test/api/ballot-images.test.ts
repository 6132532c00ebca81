import sharp from "sharp";
import { expect, test } from "vitest";
import { ballotImage } from "../../server/studies/ballot-image.ts";
import { type ClipFrame, clipOf } from "../support/clip.ts";

/** Colour in the middle of each frame of a sheet, in order. */
async function coloursOf(
  webp: Buffer,
  columns: number,
  { width, height }: { width: number; height: number },
  n: number,
) {
  const { data, info } = await sharp(webp).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return Array.from({ length: n }, (_, frame) => {
    const x = (frame % columns) * width + (width >> 1);
    const y = Math.floor(frame / columns) * height + (height >> 1);
    return [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)];
  });
}

test.each(["gif", "webp"] as const)(
  "a moving %s becomes a sheet of its frames, each in its place, with its times",
  async (format) => {
    const colours: ClipFrame["colour"][] = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 0],
      [0, 0, 0],
    ];
    const frames = colours.map((colour, i) => ({ colour, ms: 40 + 20 * i }));
    const size = { width: 48, height: 32 };
    const { webp, clip } = await ballotImage(await clipOf(frames, { ...size, format }));
    expect(clip?.delaysMs).toEqual([40, 60, 80, 100, 120]);
    const columns = clip?.columns ?? 0;
    const { width, height, pages, exif } = await sharp(webp).metadata();
    expect([width, height, pages, exif]).toEqual([48 * columns, 32 * Math.ceil(5 / columns), undefined, undefined]);
    expect(await coloursOf(webp, columns, size, 5)).toEqual(colours);
  },
);

test("a frame that is said to take no time takes a tenth of a second, as in browsers; a long clip is scaled down whole", async () => {
  const frames = Array.from({ length: 30 }, (_, i) => ({ colour: [8 * i, 0, 0] as const, ms: i === 0 ? 0 : 50 }));
  const { webp, clip } = await ballotImage(await clipOf(frames, { width: 1000, height: 800 }));
  expect([clip?.delaysMs.length, clip?.delaysMs[0]]).toEqual([30, 100]);
  const { width = 0, height = 0 } = await sharp(webp).metadata();
  expect(width * height).toBeLessThan(14_000_000);
  expect(Math.max(width, height)).toBeLessThan(16_384);
});

test("a still image is no clip and loses nothing", async () => {
  const raw = { width: 20, height: 10, channels: 3 } as const;
  const pixels = Buffer.from(Array.from({ length: 600 }, (_, i) => (7 * i) % 256));
  const { webp, clip } = await ballotImage(await sharp(pixels, { raw }).png().toBuffer());
  expect(clip).toBeNull();
  expect(Buffer.compare(await sharp(webp).removeAlpha().raw().toBuffer(), pixels)).toBe(0);
});
