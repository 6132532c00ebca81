import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyPrograms } from "./binaries.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gan-rm-binaries-"));
  const native = join(folder, "package/native");
  mkdirSync(join(native, "lib"), { recursive: true });
  writeFileSync(join(native, "lib/libone.so.1.2"), "one");
  writeFileSync(join(native, "lib/libtwo.so.3.4"), "two");
  writeFileSync(join(native, "lib/libtwo.a"), "only for linkers");
  symlinkSync("libone.so.1.2", join(native, "lib/libone.so.1"));
  const links = [
    { source: "native/lib/libone.so.1.2", target: "native/lib/libone.so.1" },
    { source: "native/lib/libtwo.so.3.4", target: "native/lib/libtwo.so.3" },
  ];
  writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(links));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a copy stands alone: its libraries are found when the package is gone, links that were there before included", async () => {
  const copy = join(folder, "copies/programs-1.0");
  await copyPrograms(join(folder, "package"), copy);
  rmSync(join(folder, "package"), { recursive: true });
  expect(readFileSync(join(copy, "native/lib/libone.so.1"), "utf8")).toBe("one");
  expect(readFileSync(join(copy, "native/lib/libtwo.so.3"), "utf8")).toBe("two");
  expect(readdirSync(join(copy, "native/lib"))).not.toContain("libtwo.a");
  expect(readdirSync(join(folder, "copies"))).toEqual(["programs-1.0"]);
});

test("two that copy at once end with one copy", async () => {
  const copy = join(folder, "copies/programs-1.0");
  await Promise.all([copyPrograms(join(folder, "package"), copy), copyPrograms(join(folder, "package"), copy)]);
  expect(readdirSync(join(folder, "copies"))).toEqual(["programs-1.0"]);
});
