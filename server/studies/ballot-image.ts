import sharp from "sharp";
import { MAX_PIXELS } from "../../shared/image-format.ts";
import { CLOSE_PIXELS, closeWebp, type DrawnImage, frameSheet, movementOf } from "../artifacts/artifact.service.ts";

/** An image as volunteers get it: drawn anew as WebP, whatever it was, so that no file name, format or metadata of its policy is left in it. */
export async function ballotImage(bytes: Buffer): Promise<DrawnImage> {
  const { width = 0, height = 0 } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  const options = closeWebp({ width, height });
  const movement = await movementOf(bytes);
  // Stills are never scaled, for they may be looked at closer.
  if (!movement)
    return { webp: await sharp(bytes, { limitInputPixels: MAX_PIXELS }).rotate().webp(options).toBuffer(), clip: null };
  const { clip, sheet } = await frameSheet(bytes, movement, { pixels: CLOSE_PIXELS });
  return { webp: await sheet.webp(options).toBuffer(), clip };
}
