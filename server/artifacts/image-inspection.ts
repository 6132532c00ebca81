import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { formatOfBytes, formatOfName, IMAGE_FORMATS, MAX_PIXELS } from "../../shared/image-format.ts";
import { UserError } from "../../shared/user-error.ts";
import { endOfImage } from "./image-end.ts";

export const THUMBNAIL_SIZES = [160, 640] as const;
/** Longer edge, pixels, up to which a thumbnail is lossless: such pictures are shown larger than they are, and small all the same. */
const LOSSLESS = 64;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];

export interface Picture {
  mediaType: string;
  width: number;
  height: number;
  /** 1 of a still */
  frames: number;
  thumbnails: { size: ThumbnailSize; webp: Buffer }[];
}

/**
 * Looks an image over and decodes it whole. Only bytes that begin as one of the four formats reach a decoder, and the
 * size that their header claims is checked before a pixel is decoded.
 * @param claims what its sender says: its name, and its media type where known
 * @throws UserError IMAGE_REFUSED with the file's name and the reason: another format than its name, its media type or
 * the list allows, too many pixels, cut off, damaged, or with something else behind the picture
 */
export async function inspectImage(
  file: string,
  claims: { fileName: string; declaredType?: string },
): Promise<Picture> {
  const refuse = (reason: string) => new UserError("IMAGE_REFUSED", `${claims.fileName}: ${reason}`, "file");
  const bytes = await readFile(file);
  const format = formatOfBytes(bytes);
  if (!format) throw refuse("not a PNG, JPEG, WebP or GIF image.");
  const { mediaType } = IMAGE_FORMATS[format];
  const named = formatOfName(claims.fileName);
  if (named && named !== format) throw refuse(`named as ${named}, but it is ${format}; rename it.`);
  if (claims.declaredType?.startsWith("image/") && claims.declaredType !== mediaType)
    throw refuse(`said to be ${claims.declaredType}, but it is ${mediaType}.`);
  const {
    width,
    height,
    pages: frames = 1,
  } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: Error) => {
      throw refuse(`can't be read (${firstLine(error)}).`);
    });
  if (width * height > MAX_PIXELS) throw refuse(`${width} x ${height} is more than ${MAX_PIXELS} pixels.`);
  const end = endOfImage(bytes, format);
  if (end === null) throw refuse("cut off or damaged: its end is missing.");
  if (bytes.subarray(end).some((byte) => byte !== 0))
    throw refuse(`${bytes.length - end} bytes that are no part of the picture follow it; save it again without them.`);
  const thumbnails: Picture["thumbnails"] = [];
  for (const size of THUMBNAIL_SIZES) {
    const webp = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error" })
      .rotate()
      .resize(size, size, { fit: "inside", withoutEnlargement: true })
      .webp(Math.max(width, height) <= LOSSLESS ? { lossless: true } : { quality: 82 })
      .toBuffer()
      .catch((error: Error) => {
        throw refuse(`can't be decoded (${firstLine(error)}).`);
      });
    thumbnails.push({ size, webp });
  }
  return { mediaType, width, height, frames, thumbnails };
}

const firstLine = (error: Error): string => error.message.split("\n")[0] ?? "";
