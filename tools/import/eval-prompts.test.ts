import { expect, test } from "vitest";
import { evalPrompts } from "./eval-prompts.ts";

const texts = Array.from({ length: 200 }, (_, i) => `prompt ${i}`);

test("the share of prompts is held out, whatever their order", () => {
  const chosen = evalPrompts(texts, 0.25);
  expect(chosen.size).toBe(50);
  expect(evalPrompts([...texts].reverse(), 0.25)).toEqual(chosen);
});

test("prompts that say the same fall on one side", () => {
  const variants = texts.flatMap((text) => [text, ` ${text.toUpperCase()}`, text.replace(" ", "  ")]);
  const chosen = evalPrompts(variants, 0.5);
  expect(chosen.size).toBe(300);
  for (const text of texts)
    expect(new Set([text, ` ${text.toUpperCase()}`, text.replace(" ", "  ")].map((v) => chosen.has(v))).size).toBe(1);
});

test("no share, no prompts; of few prompts one is on either side", () => {
  expect(evalPrompts(texts, 0).size).toBe(0);
  expect(evalPrompts(["one"], 0.5).size).toBe(0);
  expect(evalPrompts([], 0.5).size).toBe(0);
  expect(evalPrompts(["one", "two"], 0.01).size).toBe(1);
  expect(evalPrompts(["one", "two"], 0.99).size).toBe(1);
});
