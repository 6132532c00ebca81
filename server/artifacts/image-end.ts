import type { ImageFormat } from "../../shared/image-format.ts";

/**
 * Where an image ends by its own container, in bytes from its start; null when it does not end within `bytes`. What lies
 * behind is no part of the picture: a decoder never looks at it, but another reader may take the file for something else.
 */
export function endOfImage(bytes: Buffer, format: ImageFormat): number | null {
  const end = READERS[format](bytes);
  return end !== null && end <= bytes.length ? end : null;
}

const READERS: Record<ImageFormat, (bytes: Buffer) => number | null> = {
  PNG: endOfPng,
  JPEG: endOfJpeg,
  WebP: endOfWebP,
  GIF: endOfGif,
};

/** Chunks of length, type, data and CRC; IEND is the last. PNG specification, section 5. */
function endOfPng(bytes: Buffer): number | null {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    at += 12 + bytes.readUInt32BE(at);
    if (type === "IEND") return at;
  }
  return null;
}

/** RIFF says its size, which is even. */
function endOfWebP(bytes: Buffer): number | null {
  const size = bytes.readUInt32LE(4);
  return 8 + size + (size % 2);
}

const EOI = 0xd9;
const SOS = 0xda;

/** Segments of marker and length; behind each SOS coded data, in which a marker is an FF not followed by 00, FF or RSTn. */
function endOfJpeg(bytes: Buffer): number | null {
  for (let at = 2; at + 2 <= bytes.length; ) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff) return null;
    if (marker === 0xff) at += 1;
    else if (marker === EOI) return at + 2;
    else if (at + 4 > bytes.length) return null;
    else {
      at += 2 + bytes.readUInt16BE(at + 2);
      if (marker === SOS) at = nextMarker(bytes, at);
    }
  }
  return null;
}

function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    const isRestart = next >= 0xd0 && next <= 0xd7;
    if (next !== 0 && next !== 0xff && !isRestart) return at;
  }
  return bytes.length;
}

/** Screen descriptor, then extensions and images of sub-blocks, until the trailer. GIF89a, appendix B. */
function endOfGif(bytes: Buffer): number | null {
  const colourTable = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  for (let at = 13 + colourTable(bytes[10] ?? 0); at < bytes.length; ) {
    const introducer = bytes[at];
    if (introducer === 0x3b) return at + 1;
    if (introducer === 0x21) at += 2;
    else if (introducer === 0x2c) at += 11 + colourTable(bytes[at + 9] ?? 0);
    else return null;
    for (let size = bytes[at]; size; size = bytes[at]) at += 1 + size;
    at += 1;
  }
  return null;
}
