/** Writes families.txt: prompts joined by a base noun of their names, or by one vendor's drawings of nearly one colouring or outline. */
import { writeFileSync } from "node:fs";
import sharp from "sharp";
import { commonPrompts, renderEmoji, STYLES, type Style } from "./emoji.ts";
import { baseNouns, FAMILIES_FILE, joinLinked } from "./families.ts";

const SIZE = 16;
const PIXELS = SIZE * SIZE;
/**
 * Two drawings are nearly equal when they differ by at most this share of the ink of the one that has more. Looked at by
 * steps of 0.05: up to 0.15 pairs share a base (glyphs on one button, faces of one smiley), from 0.2 on they begin to be
 * unlike (an apple and a globe), and chains of them swallow half of all prompts.
 */
const NEARLY_EQUAL = 0.15;
/** Or when their outlines correlate by this much: a taxi and a police car differ in paint alone. */
const SAME_OUTLINE = 0.92;

type Link = [string, string];

/** Ink is 255 - value. */
interface Drawing {
  slug: string;
  /** Ink of red, of green, of blue, 16 x 16 each. */
  colour: Float32Array;
  /** The mean of the three. */
  grey: Float32Array;
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

async function draw(style: Style, slug: string): Promise<Drawing> {
  const image = sharp(await renderEmoji(style, slug, 128))
    .resize(SIZE, SIZE)
    .removeAlpha();
  const pixels = await image.toColourspace("srgb").raw().toBuffer();
  const ink = (pixel: number, channel: number) => 255 - (pixels[3 * pixel + channel] ?? 0);
  const colour = Float32Array.from({ length: 3 * PIXELS }, (_, i) => ink(i % PIXELS, Math.floor(i / PIXELS)));
  const grey = Float32Array.from({ length: PIXELS }, (_, i) => (ink(i, 0) + ink(i, 1) + ink(i, 2)) / 3);
  return { slug, colour, grey };
}

/** The eight turns and mirrors of a square, as pixels to read from: left and right arrow are one drawing. */
const TURNS = Array.from({ length: 8 }, (_, turn) =>
  Int32Array.from({ length: PIXELS }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / SIZE), pixel % SIZE];
    const y = turn & 1 ? SIZE - 1 - row : row;
    const x = turn & 2 ? SIZE - 1 - column : column;
    return turn & 4 ? x * SIZE + y : y * SIZE + x;
  }),
);

/** Turns each plane of 16 x 16. */
const turned = (planes: Float32Array, turn: Int32Array) =>
  planes.map((_, i) => planes[i - (i % PIXELS) + (turn[i % PIXELS] ?? 0)] ?? 0);

function nearlyEqual(a: Float32Array, b: Float32Array, limit: number): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    difference += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (difference > limit) return false;
  }
  return true;
}

/** Differences of neighbours to the right and below, to length 1. */
function outline(grey: Float32Array): Float32Array {
  const steps = Float32Array.from({ length: 2 * PIXELS }, (_, i) => {
    const pixel = i % PIXELS;
    const atEdge = i < PIXELS ? pixel % SIZE === SIZE - 1 : pixel >= PIXELS - SIZE;
    return atEdge ? 0 : (grey[pixel + (i < PIXELS ? 1 : SIZE)] ?? 0) - (grey[pixel] ?? 0);
  });
  const length = Math.hypot(...steps);
  return steps.map((step) => step / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let product = 0;
  for (let i = 0; i < a.length; i++) product += (a[i] ?? 0) * (b[i] ?? 0);
  return product;
}

function linksByLook(drawings: Drawing[]): Link[] {
  const measured = drawings.map((d) => ({ ...d, ink: sum(d.colour), outline: outline(d.grey) }));
  const links: Link[] = [];
  for (const [i, { slug, colour, grey, ink }] of measured.entries())
    for (const turn of TURNS) {
      const [colourTurned, outlineTurned] = [turned(colour, turn), outline(turned(grey, turn))];
      for (let j = i + 1; j < measured.length; j++) {
        const other = measured[j];
        if (
          other &&
          (nearlyEqual(colourTurned, other.colour, NEARLY_EQUAL * Math.max(ink, other.ink)) ||
            dot(outlineTurned, other.outline) > SAME_OUTLINE)
        )
          links.push([slug, other.slug]);
      }
    }
  return links;
}

function linksByName(prompts: ReturnType<typeof commonPrompts>): Link[] {
  const first = new Map<string, string>();
  const links: Link[] = [];
  for (const prompt of prompts)
    for (const noun of baseNouns(prompt)) {
      const earlier = first.get(noun);
      if (earlier) links.push([earlier, prompt.slug]);
      else first.set(noun, prompt.slug);
    }
  return links;
}

const prompts = commonPrompts();
const slugs = prompts.map(({ slug }) => slug);
const links = linksByName(prompts);
for (const style of STYLES) links.push(...linksByLook(await Promise.all(slugs.map((slug) => draw(style, slug)))));
const families = joinLinked(slugs, links)
  .filter((family) => family.length > 1)
  .sort((a, b) => b.length - a.length);
writeFileSync(FAMILIES_FILE, `${families.map((family) => family.join(" ")).join("\n")}\n`);
process.stdout.write(`${families.length} families of two or more, the largest of ${families[0]?.length}\n`);
