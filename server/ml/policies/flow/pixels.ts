import type { RgbImage } from "../policy.ts";

/** Bytes 0..255 as the network's numbers, -1..1. Throws on an image of another size. */
export function toNumbers({ size, pixels }: RgbImage, wanted: number): Float32Array {
  if (size !== wanted || pixels.length !== 3 * wanted * wanted) {
    throw new RangeError(
      `image: the policy draws ${wanted} x ${wanted} pixels; this has ${pixels.length} bytes, size ${size}.`,
    );
  }
  return Float32Array.from(pixels, (value) => value / 127.5 - 1);
}

/** The nearest bytes; numbers beyond -1..1 are cut off. */
export function toImage(numbers: Float32Array, size: number): RgbImage {
  return { size, pixels: Uint8Array.from(Uint8ClampedArray.from(numbers, (x) => (x + 1) * 127.5)) };
}
