import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { ScorerPreprocessing } from "./card.ts";
import { packClips, packPictures, preparePicture } from "./prepare.ts";

/** Made by tools/reference/scorer_pictures.py. */
interface Fixture {
  side: number;
  places: [y: number, x: number][];
  cases: {
    size: [width: number, height: number];
    kernel: ScorerPreprocessing["kernel"];
    fit: ScorerPreprocessing["fit"];
    sha256?: string;
    values?: number[];
  }[];
}
const fixture: Fixture = JSON.parse(
  await readFile(new URL("../../../test/fixtures/scorers/pictures.fixture.json", import.meta.url), {
    encoding: "utf8",
  }),
);
const { side, places } = fixture;
const PLAIN = { width: side, height: side, layout: "nchw", mean: [0, 0, 0], deviation: [1, 1, 1] } as const;

function pattern([width, height]: [number, number]) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (7 * x * x + 13 * c * y + x * y + 31 * c) % 256;
  });
  return { width, height, data };
}

test.each(fixture.cases)(
  "$kernel, $fit, from $size: as Pillow or PyTorch has it",
  ({ size, kernel, fit, sha256, values }) => {
    const picture = preparePicture(pattern(size), { ...PLAIN, kernel, fit } as ScorerPreprocessing);
    expect(picture.length).toBe(side * side * 3);
    if (sha256) expect(createHash("sha256").update(picture).digest("hex")).toBe(sha256);
    for (const [i, [y, x]] of places.entries())
      for (let c = 0; values && c < 3; c++)
        expect(picture[(y * side + x) * 3 + c]).toBeCloseTo(values[i * 3 + c] ?? Number.NaN, 3);
  },
);

test("packing normalises each channel, in every layout", () => {
  const preprocessing: ScorerPreprocessing = {
    ...{ width: 2, height: 1, fit: "stretch", kernel: "torch-bilinear", layout: "nchw" },
    mean: [0.5, 0.2, 0],
    deviation: [0.5, 0.1, 1],
  };
  const [black, colours] = [new Uint8Array(6), Uint8Array.of(255, 51, 0, 0, 102, 255)];
  const close = (actual: ArrayLike<number | bigint>, expected: number[]) => {
    expect(actual.length).toBe(expected.length);
    for (const [i, x] of expected.entries()) expect(Number(actual[i])).toBeCloseTo(x, 5);
  };
  const flat = packPictures([black, colours], preprocessing);
  expect(flat.shape).toEqual([2, 3, 1, 2]);
  close(flat.data, [-1, -1, -2, -2, 0, 0, 1, -1, 0, 2, 0, 1]);
  const last = packPictures([colours], { ...preprocessing, layout: "nhwc" });
  expect(last.shape).toEqual([1, 1, 2, 3]);
  close(last.data, [1, 0, 0, -1, 2, 1]);
  const clip = packClips([[black, colours]], preprocessing, "ncthw");
  expect(clip.shape).toEqual([1, 3, 2, 1, 2]);
  close(clip.data, [-1, -1, 1, -1, -2, -2, 0, 2, 0, 0, 0, 1]);
  const frames = packClips(
    [
      [black, colours],
      [colours, black],
    ],
    preprocessing,
    "ntchw",
  );
  expect(frames.shape).toEqual([2, 2, 3, 1, 2]);
  close(frames.data, [-1, -1, -2, -2, 0, 0, 1, -1, 0, 2, 0, 1, 1, -1, 0, 2, 0, 1, -1, -1, -2, -2, 0, 0]);
});
