import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScorerEngine } from "./engine.ts";

const FIXTURES = new URL("../../../test/fixtures/", import.meta.url);
/** Made by tools/encoders/nsfwjs-reference.ts. */
interface Fixture {
  images: { file: string; size: [width: number, height: number]; probabilities: number[] }[];
}
const ID = "nsfwjs-mobilenet-v2-mid";
const CLASSES = ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"];
let engine: ScorerEngine;
beforeAll(async () => {
  engine = await ScorerEngine.open([ID]);
});
afterAll(() => engine.dispose());

test("the shipped classifier gives what nsfwjs's classify gives for photos of several sizes, within 1e-5", async () => {
  const { images }: Fixture = JSON.parse((await readFile(new URL("scorers/nsfwjs.fixture.json", FIXTURES))).toString());
  const items = await Promise.all(
    images.map(async ({ file, size: [width, height] }, i) => ({
      key: String(i),
      media: await sharp(await readFile(new URL(`encoders/${file}`, FIXTURES)))
        .removeAlpha()
        .resize(width, height, { fit: "fill", kernel: "nearest" })
        .png()
        .toBuffer(),
    })),
  );
  let worst = 0;
  for await (const { key, outcomes } of engine.score(items)) {
    const outcome = outcomes.get(ID);
    if (outcome?.kind !== "value") throw new Error(JSON.stringify(outcome));
    const wanted = images[Number(key)]?.probabilities ?? [];
    expect(Object.keys(outcome.probabilities ?? {})).toEqual(CLASSES);
    for (const [i, label] of CLASSES.entries())
      worst = Math.max(worst, Math.abs((outcome.probabilities?.[label] ?? Number.NaN) - (wanted[i] ?? Number.NaN)));
    expect(outcome.value).toBeCloseTo((wanted[1] ?? 0) + (wanted[3] ?? 0), 5);
    expect(outcome.flagged).toBe(false);
  }
  expect(worst).toBeLessThan(1e-5);
});
