import { crc32, inflateSync } from "node:zlib";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 3 (RGB) or 4 (RGBA) */
  readonly channels: number;
  /** [height, width, channels] */
  readonly data: Uint8Array;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Colour types of the PNG specification and their channels. */
const CHANNELS = new Map([
  [2, 3],
  [6, 4],
]);
/** Chunks that leave the pixels as they are. Colour profiles, gamma, transparent colours and EXIF are not among them. */
const HARMLESS = new Set(["IHDR", "pHYs", "IDAT", "IEND"]);

/**
 * Pixels of a plain PNG of the wanted size: 8-bit RGB or RGBA, not interlaced, whole and without anything that changes its
 * colours. Undefined for every other file, broken ones included: then a full decoder has the word.
 */
export function decodePlainPng(file: Uint8Array, wanted: { width: number; height: number }): Pixels | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const chunks = readChunks(bytes);
  const header = chunks?.[0];
  if (!chunks || header?.type !== "IHDR" || header.data.length !== 13 || chunks.at(-1)?.type !== "IEND") return;
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const [depth, colour, compression, filter, interlace] = header.data.subarray(8);
  const channels = CHANNELS.get(colour ?? 0);
  if (width !== wanted.width || height !== wanted.height || !channels) return;
  if (depth !== 8 || compression !== 0 || filter !== 0 || interlace !== 0) return;
  const size = { width, height, channels };
  const filtered = inflated(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data)), size);
  const data = filtered && unfilter(filtered, size);
  return data && { ...size, data };
}

/** The chunks of a file that holds nothing else, each with its right checksum. */
function readChunks(bytes: Buffer): { type: string; data: Buffer }[] | undefined {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) return;
  const chunks: { type: string; data: Buffer }[] = [];
  let at = SIGNATURE.length;
  while (at < bytes.length) {
    if (at + 12 > bytes.length) return;
    const end = at + 8 + bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (end + 4 > bytes.length || !HARMLESS.has(type)) return;
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return;
    chunks.push({ type, data: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

type Size = Omit<Pixels, "data">;

/** [height, 1 + width channels]: each line after the number of its filter. */
function inflated(data: Buffer, { width, height, channels }: Size): Buffer | undefined {
  const length = height * (1 + width * channels);
  try {
    const lines = inflateSync(data, { maxOutputLength: length });
    return lines.length === length ? lines : undefined;
  } catch {
    return;
  }
}

/** Takes each line's filter back (PNG specification, section 9): a byte is a difference to what left and above predict. */
function unfilter(lines: Uint8Array, { width, height, channels }: Size): Uint8Array | undefined {
  const stride = width * channels;
  const data = new Uint8Array(height * stride);
  let above: Uint8Array = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const undo = UNDO[lines[start] ?? UNDO.length];
    if (!undo) return;
    const line = data.subarray(y * stride, (y + 1) * stride);
    line.set(lines.subarray(start + 1, start + 1 + stride));
    undo(line, above, channels);
    above = line;
  }
  return data;
}

/** Filters 0 to 4, in place. The `?? 0` of the first pixel's left neighbours is the specification's. */
const UNDO: ((line: Uint8Array, above: Uint8Array, channels: number) => void)[] = [
  () => undefined,
  (line, _above, channels) => {
    for (let i = channels; i < line.length; i++) line[i] = (line[i] ?? 0) + (line[i - channels] ?? 0);
  },
  (line, above) => {
    for (let i = 0; i < line.length; i++) line[i] = (line[i] ?? 0) + (above[i] ?? 0);
  },
  (line, above, channels) => {
    for (let i = 0; i < line.length; i++) {
      line[i] = (line[i] ?? 0) + (((line[i - channels] ?? 0) + (above[i] ?? 0)) >> 1);
    }
  },
  (line, above, channels) => {
    for (let i = 0; i < line.length; i++) {
      const left = i < channels ? 0 : (line[i - channels] ?? 0);
      const corner = i < channels ? 0 : (above[i - channels] ?? 0);
      line[i] = (line[i] ?? 0) + paeth(left, above[i] ?? 0, corner);
    }
  },
];

/** Whichever of the three is nearest to left + above - corner; the earlier one where two are. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
