import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PromptTokenizer } from "./prompt-tokens.ts";

/** Made by tools/reference/scorer_tokens.py: vocabularies cut down to the prompts, ids of the whole ones. */
interface Fixture {
  tokenizer: object;
  cases: { prompt: string; ids: number[] }[];
}
const FIXTURES = new URL("../../../test/fixtures/scorers/", import.meta.url);
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokens-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fixture(name: string): Promise<Fixture & { path: string }> {
  const made: Fixture = JSON.parse(
    await readFile(new URL(`${name}-tokens.fixture.json`, FIXTURES), { encoding: "utf8" }),
  );
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(made.tokenizer));
  return { ...made, path };
}

test.each(["clip", "bert"])(
  "%s: the ids are those of the original tokenizers, cut at the end and padded",
  async (name) => {
    const { path, cases } = await fixture(name);
    const whole = await PromptTokenizer.load(path, { tokenizer: { file: path }, maxLength: 200, padId: 7, prefix: "" });
    const short = await PromptTokenizer.load(path, { tokenizer: { file: path }, maxLength: 20, padId: 7, prefix: "" });
    for (const { prompt, ids } of cases) {
      const row = whole.encode(prompt);
      expect([...row.ids].map(Number)).toEqual([...ids, ...Array(200 - ids.length).fill(7)]);
      expect([...row.mask].map(Number)).toEqual(
        row.ids.length ? Array.from(row.ids, (_, i) => (i < ids.length ? 1 : 0)) : [],
      );
      if (ids.length > 20) expect([...short.encode(prompt).ids].map(Number)).toEqual([...ids.slice(0, 19), ids.at(-1)]);
    }
    expect(cases.some(({ ids }) => ids.length > 77)).toBe(true);
  },
);

test("the ids that everybody knows, and a prefix before every prompt", async () => {
  const { path } = await fixture("clip");
  const spec = { tokenizer: { file: path }, maxLength: 10, padId: 49407 };
  const plain = await PromptTokenizer.load(path, { ...spec, prefix: "" });
  expect([...plain.encode("a photo of a cat").ids].map(Number)).toEqual([
    49406, 320, 1125, 539, 320, 2368, 49407, 49407, 49407, 49407,
  ]);
  const prefixed = await PromptTokenizer.load(path, { ...spec, prefix: "A photo depicts " });
  expect(prefixed.encode("a photo of a cat")).toEqual(plain.encode("A photo depicts a photo of a cat"));
});

test("merges as older files write them give the same ids", async () => {
  const { tokenizer, cases, path } = await fixture("clip");
  const older = structuredClone(tokenizer) as { model: { merges: unknown[] } };
  older.model.merges = (older.model.merges as string[][]).map((pair) => pair.join(" "));
  const file = join(folder, "older.json");
  await writeFile(file, JSON.stringify(older));
  const spec = { tokenizer: { file }, maxLength: 77, padId: 0, prefix: "" };
  const [old, now] = [await PromptTokenizer.load(file, spec), await PromptTokenizer.load(path, spec)];
  for (const { prompt } of cases) expect(old.encode(prompt)).toEqual(now.encode(prompt));
});

test("a file that is no tokenizer is refused by name", async () => {
  const path = join(folder, "none.json");
  for (const text of ["{}", "[", '{"model":{"type":"Other"}}']) {
    await writeFile(path, text);
    const spec = { tokenizer: { file: path }, maxLength: 10, padId: 0, prefix: "" };
    await expect(PromptTokenizer.load(path, spec)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining(path),
    });
  }
});
