import sharp, { type Sharp } from "sharp";
import type { RgbImage } from "../../server/ml/policies/policy.ts";

/** Screen pixels of a side of each pixel. */
const SCALE = 3;
const GAP = 4;
const LABEL = 14;

export interface SheetOptions {
  readonly columns: number;
  /** images of a prompt, side by side */
  readonly seeds: number;
  /** the prompts under their images */
  readonly names: boolean;
}

/** Images in a grid, to look at: `seeds` images for each prompt, in the order of the prompts. */
export function contactSheet(prompts: readonly string[], images: readonly RgbImage[], options: SheetOptions): Sharp {
  const { columns, seeds, names } = options;
  const side = (images[0]?.size ?? 0) * SCALE;
  const [cellWidth, cellHeight] = [side * seeds + GAP, side + GAP + (names ? LABEL : 0)];
  const place = (cell: number) => ({
    left: (cell % columns) * cellWidth + GAP / 2,
    top: Math.floor(cell / columns) * cellHeight + GAP / 2,
  });
  const drawings = images.map((image, i) => {
    const { left, top } = place(Math.floor(i / seeds));
    const raw = { width: side, height: side, channels: 3 as const };
    return { input: enlarged(image), left: left + (i % seeds) * side, top, raw };
  });
  const width = columns * cellWidth;
  const height = Math.ceil(prompts.length / columns) * cellHeight;
  const labels = prompts.map((prompt, i) => {
    const { left, top } = place(i);
    return `<text x="${left}" y="${top + side + 11}">${prompt.replaceAll("&", "&amp;")}</text>`;
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="11" font-family="sans-serif">${names ? labels.join("") : ""}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: "#bbb" } })
    .composite([...drawings, { input: Buffer.from(text), left: 0, top: 0 }])
    .png({ compressionLevel: 9 });
}

function enlarged({ size, pixels }: RgbImage): Buffer {
  const side = size * SCALE;
  const bytes = Buffer.alloc(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = (Math.floor(y / SCALE) * size + Math.floor(x / SCALE)) * 3;
      bytes.set(pixels.subarray(from, from + 3), (y * side + x) * 3);
    }
  }
  return bytes;
}
