import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import yauzl from "yauzl";
import { ZipStream } from "./zip-stream.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-zip-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Large zeros, which take no room on disk where they are skipped. */
const HOLE = Buffer.alloc(64 << 20);

/** Writes what a zip yields; holes stay holes. @returns the file's path */
async function written(name: string, parts: AsyncIterable<Uint8Array>): Promise<string> {
  const file = path.join(folder, name);
  const handle = await open(file, "w");
  let at = 0;
  for await (const part of parts) {
    if (part !== HOLE) await handle.write(part, 0, part.length, at);
    at += part.length;
  }
  await handle.close();
  return file;
}

/** By yauzl, which checks headers against the directory. @returns the entries' names and, of small ones, their text */
async function readZip(file: string): Promise<[string, string][]> {
  const zip = await yauzl.openPromise(file, { lazyEntries: true, autoClose: false });
  const entries: [string, string][] = [];
  for await (const entry of zip.eachEntry()) {
    const isLarge = entry.uncompressedSize > 1000;
    entries.push([entry.fileName, isLarge ? "" : (await buffer(await zip.openReadStreamPromise(entry))).toString()]);
  }
  zip.close();
  return entries;
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test("files come back under their names, whether their size was known or not", async () => {
  const zip = new ZipStream();
  const file = await written(
    "small.zip",
    (async function* () {
      yield* zip.streamedFile("metadata.jsonl", chunks("one\n", "two\n"));
      yield* zip.file("füchse/🦊.png", Buffer.from("red"));
      yield* zip.file("empty", Buffer.alloc(0));
      yield* zip.end();
    })(),
  );
  expect(await readZip(file)).toEqual([
    ["metadata.jsonl", "one\ntwo\n"],
    ["füchse/🦊.png", "red"],
    ["empty", ""],
  ]);
});

test("more than 65,535 files and more than 4 GiB are said in Zip64", { timeout: 120_000 }, async () => {
  const many = new ZipStream();
  const count = 70_000;
  const numbered = await written(
    "many.zip",
    (async function* () {
      for (let i = 0; i < count; i++) yield Buffer.concat([...many.file(`${i}`, Buffer.from(`text ${i}`))]);
      yield* many.end();
    })(),
  );
  const zip = await yauzl.openPromise(numbered, { lazyEntries: true });
  expect(zip.entryCount).toBe(count);
  zip.close();

  const far = new ZipStream();
  const large = await written(
    "large.zip",
    (async function* () {
      for (let i = 0; i < 66; i++) yield* far.file(`hole ${i}`, HOLE);
      yield* far.file("behind", Buffer.from("found"));
      yield* far.end();
    })(),
  );
  const entries = await readZip(large);
  expect(entries).toHaveLength(67);
  expect(entries.at(-1)).toEqual(["behind", "found"]);
});
