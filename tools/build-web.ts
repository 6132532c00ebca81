/** Builds the dashboard unless the build that is there came from the same sources. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const stamp = path.join(root, "web/.next/built-from");

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== ".next") yield* files(full);
    else if (entry.isFile()) yield full;
  }
}

function sourceHash(): string {
  const hash = createHash("sha256");
  for (const file of [
    ...files(path.join(root, "web")),
    ...files(path.join(root, "shared")),
    path.join(root, "package-lock.json"),
  ])
    hash.update(path.relative(root, file)).update(readFileSync(file));
  return hash.digest("hex");
}

const wanted = sourceHash();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  process.stdout.write("Building the dashboard (once, until its sources change) ...\n");
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const run = spawnSync(process.execPath, [next, "build", path.join(root, "web")], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
  });
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout}\n${run.stderr}\nThe dashboard could not be built.\n`);
    process.exit(1);
  }
  // Next may write type files into web/ while it builds, so the hash is taken again.
  writeFileSync(stamp, sourceHash());
}
