import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, processIdentity } from "./processes.ts";

interface Owner {
  pid: number;
  identity: string | undefined;
}

/**
 * Takes a folder for this process. A lock whose process is gone, or whose id belongs to another program by now, is
 * taken over. It sees the processes of one machine (or container) only.
 * @returns a function that gives the folder back
 * @throws Error naming the process that holds the folder
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "lock");
  const draft = `${path}.${randomUUID()}`;
  const owner: Owner = { pid: process.pid, identity: processIdentity(process.pid) };
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // link, unlike writing, makes the file appear with its content and fails when there is one.
        await link(draft, path);
        return () => rm(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      await removeIfStale(path, folder);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeIfStale(path: string, folder: string): Promise<void> {
  const seen = await readFile(path, "utf8").catch(() => "");
  const owner = parseOwner(seen);
  if (owner && isHeld(owner)) {
    throw new Error(
      `Another GAN-RM Lab (process ${owner.pid}) already uses ${folder}; stop it, or choose another data folder.`,
    );
  }
  // Of two processes that found the same stale lock one moves it away; if it caught the other's new lock, it puts it back.
  const aside = `${path}.stale.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, "utf8").catch(() => seen);
  if (moved !== seen) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

const isHeld = (owner: Owner): boolean => isAlive(owner.pid) && owner.identity === processIdentity(owner.pid);

function parseOwner(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined;
  }
}
