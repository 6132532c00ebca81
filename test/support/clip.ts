import sharp from "sharp";

export interface ClipFrame {
  /** what the whole frame is filled with, 0 to 255 each */
  colour: readonly [number, number, number];
  ms: number;
}

/** A moving image of plain frames: a GIF, or a WebP without loss. */
export function clipOf(
  frames: readonly ClipFrame[],
  { width, height, format = "webp" }: { width: number; height: number; format?: "gif" | "webp" },
): Promise<Buffer> {
  const pixels = Buffer.concat(frames.map(({ colour }) => Buffer.alloc(width * height * 3, Buffer.from(colour))));
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  const timing = { delay: frames.map(({ ms }) => ms), loop: 0 };
  const roll = sharp(pixels, { raw });
  return format === "gif" ? roll.gif(timing).toBuffer() : roll.webp({ ...timing, lossless: true }).toBuffer();
}
