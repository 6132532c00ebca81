import sharp, { type Sharp } from "sharp";
import type { Clip } from "../../shared/clip.ts";
import { MAX_PIXELS } from "../../shared/image-format.ts";

/** What browsers make of a frame that is said to take no time. */
const [NO_TIME_MS, INSTEAD_MS] = [10, 100];

/** Frames of all of a clip together, where they are looked at closely; a phone can hold them. */
export const CLOSE_PIXELS = 12_000_000;

/** Up to so many pixels nothing is lost; larger images would take a phone too long. */
const LOSSLESS_PIXELS = 512 * 512;

/** WebP to be looked at closely. */
export const closeWebp = ({ width, height }: { width: number; height: number }) => ({
  lossless: width * height <= LOSSLESS_PIXELS,
  quality: 95,
  effort: 2,
});

/** A moving image's frames, as many of them as are looked at. */
export interface Movement {
  width: number;
  height: number;
  delaysMs: number[];
}

/** How an image moves; null where it does not. */
export async function movementOf(bytes: Buffer): Promise<Movement | null> {
  const {
    width = 0,
    height = 0,
    pages = 1,
    delay = [],
  } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  const frames = Math.min(pages, Math.floor(MAX_PIXELS / Math.max(1, width * height)));
  if (frames < 2) return null;
  const shownMs = (told: number) => (told > NO_TIME_MS ? told : INSTEAD_MS);
  return { width, height, delaysMs: Array.from({ length: frames }, (_, i) => shownMs(delay[i] ?? 0)) };
}

/**
 * All frames of a moving image in one picture, in rows: about as wide as high, which both image formats and browsers bear best.
 * @param most what the frames are scaled down to: the longer edge of one, and pixels of all together (a browser holds them decoded,
 * at four bytes a pixel)
 */
export async function frameSheet(
  bytes: Buffer,
  movement: Movement,
  most: { edge?: number; pixels: number },
): Promise<{ clip: Clip; sheet: Sharp }> {
  const { delaysMs } = movement;
  const frames = delaysMs.length;
  const edge = Math.max(movement.width, movement.height);
  const scale = Math.min(
    1,
    (most.edge ?? edge) / edge,
    Math.sqrt(most.pixels / (movement.width * movement.height * frames)),
  );
  const [width, height] = [movement.width, movement.height].map((length) =>
    Math.max(1, Math.round(length * scale)),
  ) as [number, number];
  const roll = await sharp(bytes, { limitInputPixels: MAX_PIXELS, pages: frames })
    .resize({ width, height, fit: "fill" })
    .ensureAlpha()
    .raw()
    .toBuffer();
  const columns = Math.min(frames, Math.max(1, Math.round(Math.sqrt((frames * height) / width))));
  const rows = Math.ceil(frames / columns);
  const line = 4 * width;
  const pixels = Buffer.alloc(rows * height * columns * line);
  for (let frame = 0; frame < frames; frame++)
    for (let y = 0; y < height; y++) {
      const from = (frame * height + y) * line;
      const to = ((Math.floor(frame / columns) * height + y) * columns + (frame % columns)) * line;
      roll.copy(pixels, to, from, from + line);
    }
  const raw = { width: columns * width, height: rows * height, channels: 4 } as const;
  return { clip: { columns, delaysMs }, sheet: sharp(pixels, { raw, limitInputPixels: MAX_PIXELS }) };
}
