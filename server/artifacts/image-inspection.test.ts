import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { inspectImage } from "./image-inspection.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-inspection-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noise = (edge: number) =>
  Buffer.from(Uint8Array.from({ length: edge * edge * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24));

test.each([
  [32, true],
  [96, false],
])("a thumbnail of %i pixels' edge is every pixel as it was: %s", async (edge, isWhole) => {
  const file = path.join(folder, `${edge}.png`);
  writeFileSync(
    file,
    await sharp(noise(edge), { raw: { width: edge, height: edge, channels: 3 } })
      .png()
      .toBuffer(),
  );
  const { thumbnails } = await inspectImage(file, { fileName: `${edge}.png` });
  expect(thumbnails.map(({ size }) => size)).toEqual([160, 640]);
  for (const { webp } of thumbnails) {
    const { data, info } = await sharp(webp).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([edge, edge]);
    expect(data.equals(noise(edge))).toBe(isWhole);
  }
});
