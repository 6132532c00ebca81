/**
 * `npm run first-load`: kB of JavaScript, gzip, that each page's first visit loads, from the build. What a page loads once it stands (a
 * chart, a dialog) is not in it.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const MANIFEST = "page_client-reference-manifest.js";
const build = path.resolve(import.meta.dirname, "../web/.next");
const app = path.join(build, "server/app");

/** Kilobytes by file of the build; each is a chunk of several pages. */
const sizes = new Map<string, number>();

function sizeOf(file: string): number {
  const known = sizes.get(file) ?? gzipSync(readFileSync(path.join(build, file))).length / 1000;
  sizes.set(file, known);
  return known;
}

/** The scripts of a page with those of the layouts around it; those of its error pages come only when they are needed. */
function scriptsOf(folder: string): string[] {
  const text = readFileSync(path.join(app, folder, MANIFEST), "utf8");
  const manifest: { entryJSFiles: Record<string, string[]> } = JSON.parse(
    text.slice(text.indexOf("] = ") + "] = ".length).replace(/;\s*$/, ""),
  );
  return Object.entries(manifest.entryJSFiles)
    .filter(([entry]) => /\/(layout|page)$/.test(entry))
    .flatMap(([, files]) => files);
}

/** The address that a folder of `app` answers: groups in parentheses are no part of it. */
const routeOf = (folder: string): string =>
  `/${folder
    .split(path.sep)
    .filter((part) => !/^\(.*\)$/.test(part))
    .join("/")}`;

const { rootMainFiles }: { rootMainFiles: string[] } = JSON.parse(
  readFileSync(path.join(build, "build-manifest.json"), "utf8"),
);
const pages = readdirSync(app, { recursive: true, encoding: "utf8" })
  .filter((file) => path.basename(file) === MANIFEST)
  .map((file) => path.dirname(file))
  .filter((folder) => !path.basename(folder).startsWith("_"));
const rows = pages.map((folder) => {
  const files = new Set([...rootMainFiles, ...scriptsOf(folder)]);
  return { route: routeOf(folder), kB: [...files].reduce((sum, file) => sum + sizeOf(file), 0) };
});
for (const { route, kB } of rows.toSorted((a, b) => a.route.localeCompare(b.route)))
  process.stdout.write(`| \`${route}\` | ${kB.toFixed(0)} kB |\n`);
