import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import sharp from "sharp";
import { MAX_PIXELS } from "../../shared/image-format.ts";

/** Up to so many pixels nothing is lost; larger images would take a phone too long. */
const LOSSLESS_PIXELS = 512 * 512;
const LOSSY_QUALITY = 95;

/**
 * An image as volunteers get it: drawn anew as WebP, whatever it was, so that no file name, format or metadata of its policy is
 * left in it. Never scaled, for they may zoom; moving pictures move on, for ever.
 */
async function redrawn(bytes: Buffer): Promise<Buffer> {
  const { width = 0, height = 0, pages = 1 } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  const moves = pages > 1;
  const image = sharp(bytes, { limitInputPixels: MAX_PIXELS, animated: moves });
  const lossless = width * height <= LOSSLESS_PIXELS;
  return (moves ? image : image.rotate()).webp({ lossless, quality: LOSSY_QUALITY, loop: 0, effort: 2 }).toBuffer();
}

/** Redrawn images of this server, those asked for last; every participant asks for the same few hundred. */
export class BallotImages {
  private readonly kept = new Map<string, { drawing: Promise<Buffer>; bytes: number }>();
  private size = 0;

  constructor(
    private readonly read: (sha256: string) => Readable,
    private readonly mostBytes = 64 << 20,
  ) {}

  of(sha256: string): Promise<Buffer> {
    const known = this.kept.get(sha256) ?? { drawing: this.draw(sha256), bytes: 0 };
    // Last asked for, last to go.
    this.kept.delete(sha256);
    this.kept.set(sha256, known);
    return known.drawing;
  }

  private async draw(sha256: string): Promise<Buffer> {
    try {
      const bytes = await redrawn(await buffer(this.read(sha256)));
      this.measure(sha256, bytes.length);
      return bytes;
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
