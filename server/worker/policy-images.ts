import sharp from "sharp";
import { MAX_PIXELS } from "../../shared/image-format.ts";
import type { RgbImage } from "../ml/policies/policy.ts";

const BACKGROUND = "#ffffff";

/** As a PNG; the same pixels give the same bytes. */
export function encodeImage({ size, pixels }: RgbImage): Promise<Uint8Array<ArrayBuffer>> {
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .png({ compressionLevel: 9, adaptiveFiltering: false })
    .toBuffer()
    .then((png) => new Uint8Array(png));
}

/** An image file as a policy of that size would draw it: whole, on white. Throws the decoder's reason. */
export async function decodeImage(file: Uint8Array, size: number): Promise<RgbImage> {
  const pixels = await sharp(file, { limitInputPixels: MAX_PIXELS })
    .autoOrient()
    .resize(size, size, { fit: "contain", background: BACKGROUND })
    .flatten({ background: BACKGROUND })
    .toColourspace("srgb")
    .raw()
    .toBuffer();
  return { size, pixels: new Uint8Array(pixels) };
}
