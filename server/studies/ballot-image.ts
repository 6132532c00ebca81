import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import sharp from "sharp";
import type { Clip } from "../../shared/ballot.ts";
import { MAX_PIXELS } from "../../shared/image-format.ts";

/** Up to so many pixels nothing is lost; larger images would take a phone too long. */
const LOSSLESS_PIXELS = 512 * 512;
const LOSSY_QUALITY = 95;

/** All frames of a moving image together; a phone holds them decoded, at four bytes a pixel. Larger ones are scaled down. */
const CLIP_PIXELS = 12_000_000;
/** What browsers make of a frame that is said to take no time. */
const [NO_TIME_MS, INSTEAD_MS] = [10, 100];

/** An image as volunteers get it: drawn anew as WebP, whatever it was, so that no file name, format or metadata of its policy is left in it. */
export interface BallotImage {
  webp: Buffer;
  /** of one that moves */
  clip: Clip | null;
}

async function redrawn(bytes: Buffer): Promise<BallotImage> {
  const {
    width = 0,
    height = 0,
    pages = 1,
    delay = [],
  } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  const lossless = width * height <= LOSSLESS_PIXELS;
  const options = { lossless, quality: LOSSY_QUALITY, effort: 2 };
  const frames = Math.min(pages, Math.floor(MAX_PIXELS / Math.max(1, width * height)));
  // Stills are never scaled, for they may be looked at closer.
  if (frames < 2)
    return { webp: await sharp(bytes, { limitInputPixels: MAX_PIXELS }).rotate().webp(options).toBuffer(), clip: null };
  const scale = Math.min(1, Math.sqrt(CLIP_PIXELS / (width * height * frames)));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const { columns, sheet } = await sheetOf(bytes, frames, size);
  const delaysMs = Array.from({ length: frames }, (_, i) =>
    (delay[i] ?? 0) > NO_TIME_MS ? (delay[i] ?? 0) : INSTEAD_MS,
  );
  return { webp: await sheet.webp(options).toBuffer(), clip: { columns, delaysMs } };
}

/** The frames in rows, about as wide as high, which both image formats and browsers bear best. */
async function sheetOf(bytes: Buffer, frames: number, { width, height }: { width: number; height: number }) {
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
  return { columns, sheet: sharp(pixels, { raw, limitInputPixels: MAX_PIXELS }) };
}

/** Redrawn images of this server, those asked for last; every participant asks for the same few hundred. */
export class BallotImages {
  private readonly kept = new Map<string, { drawing: Promise<BallotImage>; bytes: number }>();
  private size = 0;

  constructor(
    private readonly read: (sha256: string) => Readable,
    private readonly mostBytes = 64 << 20,
  ) {}

  of(sha256: string): Promise<BallotImage> {
    const known = this.kept.get(sha256) ?? { drawing: this.draw(sha256), bytes: 0 };
    // Last asked for, last to go.
    this.kept.delete(sha256);
    this.kept.set(sha256, known);
    return known.drawing;
  }

  private async draw(sha256: string): Promise<BallotImage> {
    try {
      const image = await redrawn(await buffer(this.read(sha256)));
      this.measure(sha256, image.webp.length);
      return image;
    } catch (error) {
      this.kept.delete(sha256);
      throw error;
    }
  }

  private measure(sha256: string, bytes: number): void {
    const entry = this.kept.get(sha256);
    if (!entry) return;
    entry.bytes = bytes;
    this.size += bytes;
    for (const [old, { bytes: freed }] of this.kept) {
      if (this.size <= this.mostBytes || old === sha256) return;
      this.kept.delete(old);
      this.size -= freed;
    }
  }
}
