import { constants, type Dirent } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import path from "node:path";
import { isLitter } from "./entry-name.ts";
import type { SourceEntry } from "./image-source.ts";
import { EntryError, SourceError } from "./import-item.ts";

const LINK = { reason: "It is a symbolic link, which could point anywhere.", fix: "Put the file itself here." };
const SPECIAL = { reason: "It is no plain file.", fix: "Put an image here, or leave it out." };

/** Opened without following a link, should the file have become one since it was listed. */
async function readPlainFile(file: string, limit: number): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(
    (error: NodeJS.ErrnoException) => {
      throw new EntryError(`It can't be opened (${error.code}).`, "Check its permissions.");
    },
  );
  try {
    if ((await handle.stat()).size > limit)
      throw new EntryError(`The file has more than ${limit} bytes.`, "Make it smaller, or leave it out.");
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** A folder's files, sorted by name, folders within folders included; links are reported and never followed. */
export async function* folderEntries(root: string, below = ""): AsyncGenerator<SourceEntry> {
  const here = path.join(root, below);
  const listed: Dirent[] = await readdir(here, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new SourceError(`The folder ${below || root} can't be listed (${error.code}).`, "Check its permissions.");
  });
  for (const item of listed.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isLitter(item.name)) continue;
    const name = below ? `${below}/${item.name}` : item.name;
    const file = path.join(here, item.name);
    if (item.isDirectory()) yield* folderEntries(root, name);
    else {
      const refusal = item.isSymbolicLink() ? LINK : item.isFile() ? null : SPECIAL;
      const size = refusal
        ? 0
        : await lstat(file).then(
            (info) => info.size,
            () => 0,
          );
      yield { name, size, refusal, read: (limit) => readPlainFile(file, limit) };
    }
  }
}
