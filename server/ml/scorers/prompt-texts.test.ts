import { expect, test } from "vitest";
import { PromptTexts } from "./prompt-texts.ts";

test("each distinct prompt is embedded once, in one request for what is new", async () => {
  const requests: number[][] = [];
  const tokenizer = {
    encode: (prompt: string) => ({ ids: BigInt64Array.of(BigInt(prompt.length)), mask: BigInt64Array.of(1n) }),
  };
  const texts = new PromptTexts(tokenizer, async (rows) => {
    requests.push(rows.map(({ ids }) => Number(ids[0])));
    return rows.map(({ ids }) => Float32Array.of(Number(ids[0])));
  });
  const [first, second] = await Promise.all([texts.of(["a", "bb", "a"]), texts.of(["bb", "ccc"])]);
  expect([...first]).toEqual([
    ["a", Float32Array.of(1)],
    ["bb", Float32Array.of(2)],
  ]);
  expect([...second.keys()]).toEqual(["bb", "ccc"]);
  expect(await texts.of([])).toEqual(new Map());
  expect(requests).toEqual([[1, 2], [3]]);
});
