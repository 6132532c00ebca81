import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";

/** A temporary file that no upload has touched for a while. */
export interface AbandonedFile {
  path: string;
  byteSize: number;
}

/** Where bytes live. Keys are SHA-256 in hex, with a prefix perhaps; what is there is never overwritten. */
export interface ArtifactStore {
  /** A private place for an upload in progress, on the same file system as the store. */
  temporaryPath(): Promise<string>;
  /** Makes a finished temporary file permanent and durable under `key`. Keeping it twice is the same as once. */
  keep(temporaryPath: string, key: string): Promise<void>;
  has(key: string): Promise<boolean>;
  read(key: string, range?: { start: number; end: number }): Readable;
  /** Removes what is under `key`; nothing there is no error. Only the collector may. */
  remove(key: string): Promise<void>;
  /** Temporary files last written before `before`: their process died, or their upload hangs. */
  abandonedFiles(before: Date): Promise<AbandonedFile[]>;
}

/** Uploads in progress: one file each, in a folder of ours. */
export class IncomingFolder {
  private serial = 0;
  constructor(private readonly folder: string) {}

  async temporaryPath(): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    return path.join(this.folder, `${process.pid}-${Date.now()}-${this.serial++}`);
  }

  async abandonedFiles(before: Date): Promise<AbandonedFile[]> {
    const files: AbandonedFile[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      const file = path.join(this.folder, name);
      const info = await stat(file).catch(() => null); // it may end meanwhile
      if (info?.isFile() && info.mtime < before) files.push({ path: file, byteSize: info.size });
    }
    return files;
  }
}

/** Artifacts in a folder, spread over 256 sub-folders: write to a temporary file, fsync, rename, fsync the folder. */
export class FolderStore implements ArtifactStore {
  private readonly incoming: IncomingFolder;
  constructor(private readonly root: string) {
    this.incoming = new IncomingFolder(path.join(root, "incoming"));
  }

  temporaryPath(): Promise<string> {
    return this.incoming.temporaryPath();
  }

  abandonedFiles(before: Date): Promise<AbandonedFile[]> {
    return this.incoming.abandonedFiles(before);
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

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  private pathOf(key: string): string {
    const [hash = "", ...suffix] = key.split("/").reverse();
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`not a store key: ${key}`);
    return path.join(this.root, ...suffix.reverse(), hash.slice(0, 2), hash);
  }
}
