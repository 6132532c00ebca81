/** The image formats that the lab takes, with their media types and the names that files of theirs end in. */
export const IMAGE_FORMATS = {
  PNG: { mediaType: "image/png", extensions: ["png"] },
  JPEG: { mediaType: "image/jpeg", extensions: ["jpg", "jpeg"] },
  WebP: { mediaType: "image/webp", extensions: ["webp"] },
  GIF: { mediaType: "image/gif", extensions: ["gif"] },
} as const;
/** Largest picture that is decoded anywhere: width x height in pixels. */
export const MAX_PIXELS = 64_000_000;

export type ImageFormat = keyof typeof IMAGE_FORMATS;

/** What a file says it is by its name; null where the name says nothing. */
export function formatOfName(fileName: string): ImageFormat | null {
  const extension = /\.([^./\\]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? "";
  for (const format of Object.keys(IMAGE_FORMATS) as ImageFormat[])
    if ((IMAGE_FORMATS[format].extensions as readonly string[]).includes(extension)) return format;
  return null;
}

/** What a file is by its first 12 bytes; null for anything else, SVG and TIFF among it. */
export function formatOfBytes(bytes: Uint8Array): ImageFormat | null {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (head.startsWith("\xff\xd8\xff")) return "JPEG";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "WebP";
  return /^GIF8[79]a/.test(head) ? "GIF" : null;
}
