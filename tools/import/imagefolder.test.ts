import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FixtureFile, writeTar, writeZip } from "./archive-fixtures.ts";
import { type ImportItem, type ImportProblem, readImageFolder, readProxyFolder } from "./imagefolder.ts";

let folder: string;
let png: Buffer;
let jpeg: Buffer;
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "imagefolder-"));
  const red = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  png = await red.clone().png().toBuffer();
  jpeg = await red.clone().jpeg().toBuffer();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const KINDS = ["folder", "tar", "tar.gz", "zip"] as const;
type Kind = (typeof KINDS)[number];

/** Writes files as a folder or archive. @returns its path */
async function pack(kind: Kind, files: FixtureFile[]): Promise<string> {
  const target = path.join(folder, `${made++}${kind === "folder" ? "" : `.${kind}`}`);
  if (kind === "zip") await writeZip(target, files);
  else if (kind !== "folder") await writeTar(target, files);
  else
    for (const { name, bytes = "", linkTo } of files) {
      await mkdir(path.dirname(path.join(target, name)), { recursive: true });
      if (linkTo) await symlink(linkTo, path.join(target, name));
      else await writeFile(path.join(target, name), bytes);
    }
  return target;
}

async function gather<T extends { kind: string }>(reading: AsyncIterable<T | ImportProblem>) {
  const items: T[] = [];
  const problems: ImportProblem[] = [];
  for await (const step of reading)
    if (step.kind === "problem") problems.push(step as ImportProblem);
    else items.push(step as T);
  return { items, problems };
}
const read = async (source: string, limits = {}) =>
  gather<ImportItem>(readImageFolder(source, limits) as AsyncIterable<ImportItem | ImportProblem>);
const lines = (...rows: unknown[]) =>
  rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");

test.each(KINDS)(
  "a %s: images, prompts, places, seeds and labels come in, wherever the metadata lies",
  async (kind) => {
    const metadata = lines(
      { file_name: "a.png", prompt: "fox", label: "x", seed: 7 },
      "",
      { file_name: "sub/b.jpg", prompt: "fox", k: 0 },
      { file_name: "./c.png", prompt: "owl" },
    );
    const source = await pack(kind, [
      { name: "set/a.png", bytes: png },
      { name: "set/c.png", bytes: png },
      { name: "set/sub/b.jpg", bytes: jpeg },
      { name: "set/.DS_Store", bytes: "x" },
      { name: "set/README.md", bytes: "x" },
      { name: "set/metadata.jsonl", bytes: metadata },
    ]);
    const { items, problems } = await read(source);
    expect(problems).toEqual([]);
    expect(items.map(({ bytes, kind: _, metadataFile, ...row }) => ({ ...row, size: bytes.length }))).toEqual([
      { fileName: "set/a.png", prompt: "fox", k: 1, seed: 7, label: "x", line: 1, size: png.length },
      { fileName: "set/c.png", prompt: "owl", k: 0, seed: null, label: null, line: 4, size: png.length },
      { fileName: "set/sub/b.jpg", prompt: "fox", k: 0, seed: null, label: null, line: 3, size: jpeg.length },
    ]);
    expect(items.every((item) => item.bytes.equals(item.fileName.endsWith("jpg") ? jpeg : png))).toBe(true);
  },
);

test.each(KINDS)("a %s: each bad line and file is named with its reason, and the good one goes in", async (kind) => {
  const metadata = lines(
    { file_name: "good.png", prompt: "fox", k: 0 },
    "{not json",
    { file_name: "again.png", prompt: "fox", k: 0 },
    { file_name: "good.png", prompt: "owl" },
    { file_name: "missing.png", prompt: "owl" },
    { file_name: "type.png", prompt: 3 },
    { file_name: "../../etc/passwd", prompt: "owl" },
    { file_name: "/etc/passwd", prompt: "owl" },
    { file_name: "jpeg.png", prompt: "owl" },
    { file_name: "text.png", prompt: "owl" },
    { file_name: "empty.png", prompt: "owl" },
    { file_name: "link.png", prompt: "owl" },
    { file_name: "large.png", prompt: "owl" },
    { file_name: "k.png", prompt: "owl", k: -1 },
  );
  const source = await pack(kind, [
    { name: "metadata.jsonl", bytes: metadata },
    { name: "good.png", bytes: png },
    { name: "jpeg.png", bytes: jpeg },
    { name: "text.png", bytes: "hello" },
    { name: "empty.png" },
    { name: "link.png", linkTo: "/etc/passwd" },
    { name: "large.png", bytes: Buffer.concat([png, Buffer.alloc(5000, 1)]) },
    { name: "stray.png", bytes: png },
  ]);
  const { items, problems } = await read(source, { maxFileBytes: 4000 });
  expect(items.map((item) => item.fileName)).toEqual(["good.png"]);
  const found = Object.fromEntries(problems.map((p) => [`${p.file}:${p.line ?? ""}`, p.reason]));
  expect(Object.keys(found).sort()).toEqual(
    [
      ...[2, 3, 4, 5, 6, 7, 8, 14].map((line) => `metadata.jsonl:${line}`),
      ...["jpeg.png:9", "text.png:10", "empty.png:11", "link.png:12", "large.png:13", "stray.png:"],
    ].sort(),
  );
  expect(problems.every((p) => p.fix.length > 10)).toBe(true);
  expect(found["metadata.jsonl:2"]).toContain("not JSON");
  expect(found["metadata.jsonl:3"]).toContain("taken by line 1");
  expect(found["metadata.jsonl:4"]).toContain("named on line 1");
  expect(found["metadata.jsonl:5"]).toContain("missing.png is not there");
  expect(found["metadata.jsonl:6"]).toContain("prompt");
  expect(found["metadata.jsonl:7"]).toContain("..");
  expect(found["metadata.jsonl:8"]).toContain("absolute");
  expect(found["jpeg.png:9"]).toContain("it is JPEG");
  expect(found["link.png:12"]).toContain("link");
  expect(found["large.png:13"]).toContain("more than 4000 bytes");
});

test.each(["tar", "zip"] as const)("a %s whose entries try to leave it, or come twice", async (kind) => {
  const names = ["../evil.png", "/abs.png", "C:\\x.png", "a\\..\\..\\b.png", "twice.png", "twice.png"];
  const source = await pack(
    kind,
    names.map((name) => ({ name, bytes: png })),
  );
  const { items, problems } = await gather(readProxyFolder(source));
  expect(items.map((item) => "fileName" in item && item.fileName)).toEqual(["twice.png"]);
  expect(problems).toHaveLength(5);
  await expect(readFile(path.join(folder, "evil.png"))).rejects.toThrow("ENOENT");
});

test("a link to a folder is not followed", async () => {
  const source = await pack("folder", [
    { name: "a.png", bytes: png },
    { name: "out", linkTo: folder },
  ]);
  const { items, problems } = await gather(readProxyFolder(source));
  expect([items.length, problems.map((p) => p.file)]).toEqual([1, ["out"]]);
});

test("bombs: a zip entry that unpacks a thousandfold, one that lies, and a tar.gz", async () => {
  const zeros = Buffer.alloc(70 << 20);
  const bomb = await pack("zip", [
    { name: "bomb.png", bytes: zeros },
    { name: "good.png", bytes: png },
  ]);
  const ofZip = await gather(readProxyFolder(bomb));
  expect([ofZip.items.length, ofZip.problems.map((p) => p.file)]).toEqual([1, ["bomb.png"]]);

  const liar = await pack("zip", [
    { name: "liar.png", bytes: zeros, claimedSize: 100 },
    { name: "good.png", bytes: png },
  ]);
  const ofLiar = await gather(readProxyFolder(liar));
  expect([ofLiar.items.length, ofLiar.problems.map((p) => p.file)]).toEqual([1, ["liar.png"]]);

  const gz = await pack("tar.gz", [
    { name: "good.png", bytes: png },
    { name: "bomb.png", bytes: zeros },
  ]);
  const ofGz = await gather(readProxyFolder(gz));
  expect(ofGz.items).toHaveLength(1);
  expect(ofGz.problems.at(-1)?.reason).toContain("far more than images");
});

test.each(["tar", "tar.gz", "zip"] as const)("a truncated %s says so, once", async (kind) => {
  const noise = await sharp({
    create: {
      width: 200,
      height: 200,
      channels: 3,
      background: "red",
      noise: { type: "gaussian", mean: 128, sigma: 40 },
    },
  })
    .png()
    .toBuffer();
  const whole = await pack(kind, [
    { name: "good.png", bytes: png },
    { name: "cut.png", bytes: noise },
  ]);
  const bytes = await readFile(whole);
  await writeFile(whole, bytes.subarray(0, bytes.length / 2));
  const { problems } = await gather(readProxyFolder(whole));
  expect(problems.map((p) => p.file)).toEqual([whole]);
  expect(problems[0]?.reason).toMatch(/truncated|damaged/);
});

test("a path that is not there, a file that is no archive, no metadata, no images: one problem each", async () => {
  const text = path.join(folder, "text");
  await writeFile(text, "hello");
  const bare = await pack("folder", [{ name: "a.png", bytes: png }]);
  const none = await pack("tar", [{ name: "LICENSE", bytes: "MIT" }]);
  const sources = [path.join(folder, "nowhere"), text, bare];
  for (const source of sources) expect((await read(source)).problems.map((p) => p.file)).toEqual([source]);
  expect((await gather(readProxyFolder(none))).problems[0]?.reason).toContain("no images");
});

test("limits on the number of files and on all bytes end the reading", async () => {
  const source = await pack(
    "tar",
    ["a", "b", "c"].map((name) => ({ name: `${name}.png`, bytes: png })),
  );
  expect((await gather(readProxyFolder(source, { maxEntries: 2 }))).items).toHaveLength(2);
  expect((await gather(readProxyFolder(source, { maxTotalBytes: png.length }))).items).toHaveLength(1);
});

test("a reader may stop early", async () => {
  const source = await pack(
    "tar.gz",
    ["a", "b", "c"].map((name) => ({ name: `${name}.png`, bytes: png })),
  );
  for await (const step of readProxyFolder(source)) {
    expect(step.kind).toBe("item");
    break;
  }
});
