import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type ScorerCard, scorerCard } from "./card.ts";
import { outcomeOf } from "./formulas.ts";

const read = async (id: string): Promise<ScorerCard> =>
  scorerCard.parse(
    JSON.parse(await readFile(new URL(`./cards/${id}.scorer.json`, import.meta.url), { encoding: "utf8" })),
  );
const clipscore = await read("clipscore");
const safety = await read("nsfwjs-mobilenet-v2-mid");
const frames = await read("nsfwjs-mobilenet-v2-mid-frames");
const f = (...values: number[]) => Float32Array.from(values);

describe("cosine", () => {
  test.each([
    ["equal directions", f(1, 2, 3), f(2, 4, 6), 2.5],
    ["at 60 degrees", f(1, 0), f(0.5, Math.sqrt(3) / 2), 1.25],
    ["opposite ones stop at the floor", f(1, 2), f(-1, -2), 0],
  ])("%s", (_what, image, text, expected) => {
    expect(outcomeOf(clipscore, [image], text)).toEqual({ kind: "value", value: expect.closeTo(expected, 6) });
  });
  test("opposite directions without a floor: -1", () => {
    const card: ScorerCard = { ...clipscore, formula: { kind: "cosine", scale: 1, floor: -1 } };
    expect(outcomeOf(card, [f(1, 2)], f(-1, -2))).toEqual({ kind: "value", value: expect.closeTo(-1, 6) });
  });
  test("no features, other widths and no prompt are failures", () => {
    expect(outcomeOf(clipscore, [f(0, 0)], f(1, 0))).toMatchObject({
      kind: "failure",
      reason: expect.stringMatching(/all 0/),
    });
    expect(outcomeOf(clipscore, [f(1, 0)], f(1, 0, 0))).toMatchObject({
      reason: expect.stringMatching(/2 features and the prompt 3/),
    });
    expect(outcomeOf(clipscore, [f(1, 0)], null)).toMatchObject({ reason: expect.stringMatching(/the prompt 0/) });
    expect(outcomeOf(clipscore, [f(1, 0)], f(Number.NaN, 0))).toMatchObject({
      reason: expect.stringMatching(/not finite/),
    });
  });
});

describe("probability", () => {
  test("flagged from the threshold on, the sum of the positive classes", () => {
    expect(outcomeOf(safety, [f(0.1, 0.25, 0.3, 0.25, 0.1)], null)).toMatchObject({ value: 0.5, flagged: true });
    expect(outcomeOf(safety, [f(0.1, 0.25, 0.35, 0.125, 0.175)], null)).toMatchObject({ value: 0.375, flagged: false });
  });
  test("the worst frame counts, while the classes are shown as means", () => {
    const outcome = outcomeOf(frames, [f(0, 0.5, 0.5, 0, 0), f(0, 0, 1, 0, 0)], null);
    expect(outcome).toMatchObject({ value: 0.5, flagged: true, probabilities: { Hentai: 0.25, Neutral: 0.75 } });
  });
  test("logits by softmax or each for itself, finite for large ones", () => {
    const formula = { ...safety.formula, classes: ["a", "b"], positive: ["b"] } as ScorerCard["formula"];
    const with_ = (activation: "softmax" | "sigmoid") =>
      ({ ...safety, formula: { ...formula, activation } }) as ScorerCard;
    expect(outcomeOf(with_("softmax"), [f(1000, 1000)], null)).toMatchObject({ value: 0.5 });
    expect(outcomeOf(with_("sigmoid"), [f(1000, 0)], null)).toMatchObject({
      value: 0.5,
      probabilities: { a: 1, b: 0.5 },
    });
  });
});

test("affine: one number for each unit, and their mean", async () => {
  const card = await read("imagereward");
  expect(outcomeOf(card, [f(1.2), f(2.2)], null)).toEqual({
    kind: "value",
    value: expect.closeTo((1.7 - 0.16717362830052426) / 1.0333394966054072, 6),
  });
  expect(outcomeOf(card, [f(1, 2)], null)).toMatchObject({
    kind: "failure",
    reason: expect.stringMatching(/2 numbers/),
  });
});
