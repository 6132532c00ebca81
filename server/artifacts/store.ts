import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";

/** Where bytes live. Keys are SHA-256 in hex; what is there is never overwritten. */
export interface ArtifactStore {
  /** A private place for an upload in progress, on the same file system as the store. */
  temporaryPath(): Promise<string>;
  /** Makes a finished temporary file permanent and durable under `key`. Keeping it twice is the same as once. */
  keep(temporaryPath: string, key: string): Promise<void>;
  has(key: string): Promise<boolean>;
  read(key: string, range?: { start: number; end: number }): Readable;
}

/** Artifacts in a folder, spread over 256 sub-folders: write to a temporary file, fsync, rename, fsync the folder. */
export class FolderStore implements ArtifactStore {
  private serial = 0;
  constructor(private readonly root: string) {}

  async temporaryPath(): Promise<string> {
    const folder = path.join(this.root, "incoming");
    await mkdir(folder, { recursive: true });
    return path.join(folder, `${process.pid}-${Date.now()}-${this.serial++}`);
  }

  async keep(temporaryPath: string, key: string): Promise<void> {
    const target = this.pathOf(key);
    await mkdir(path.dirname(target), { recursive: true });
    if (await this.has(key)) {
      await rm(temporaryPath, { force: true });
      return;
    }
    const file = await open(temporaryPath, "r+");
    await file.sync().finally(() => file.close());
    await rename(temporaryPath, target);
    const folder = await open(path.dirname(target), "r");
    await folder.sync().finally(() => folder.close());
  }

  has(key: string): Promise<boolean> {
    return stat(this.pathOf(key)).then(
      () => true,
      () => false,
    );
  }

  read(key: string, range?: { start: number; end: number }): Readable {
    return createReadStream(this.pathOf(key), range);
  }

  private pathOf(key: string): string {
    const [hash = "", ...suffix] = key.split("/").reverse();
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`not a store key: ${key}`);
    return path.join(this.root, ...suffix.reverse(), hash.slice(0, 2), hash);
  }
}
