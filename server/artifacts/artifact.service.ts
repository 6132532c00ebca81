import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DataSource } from "typeorm";
import { ArtifactKind } from "../../shared/enums.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Artifact } from "./artifact.entity.ts";
import { inspectImage, type ThumbnailSize } from "./image-inspection.ts";
import type { ArtifactStore } from "./store.ts";

export { type DrawnImage, DrawnImages, sendDrawn } from "./drawn-images.ts";
export { CLOSE_PIXELS, closeWebp, frameSheet, movementOf } from "./frame-sheet.ts";
export { bytesOf, type ReadableStore } from "./readable-store.ts";

declare module "../graphql/context.ts" {
  interface Services {
    artifacts: ArtifactService;
  }
}

/** Largest upload, bytes. */
export const ARTIFACT_LIMITS = { imageBytes: 64 << 20, otherBytes: 4 * 2 ** 30 } as const;

/** What the file system says when it has no room left, or its user none. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Where a thumbnail lies in the store. */
export const thumbnailKey = (sha256: string, size: ThumbnailSize): string => `thumbnails/${size}/${sha256}`;

/**
 * $1 sha256, $2 bytes. Before any byte is kept: if we die before RECORD, the collector knows what to remove. Waits for a
 * collector that is removing these very bytes.
 */
const ANNOUNCE = `
insert into stray_blobs (sha256, byte_size) values ($1, $2) on conflict (sha256) do update set since = now()`;

/** $1 sha256, $2 kind, $3 media type, $4 bytes, $5 width, $6 height, $7 frames. What is known of bytes never changes. */
const RECORD = `
insert into artifacts (sha256, kind, media_type, byte_size, width, height, frames) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (sha256) do update set uploaded_at = now(), frames = excluded.frames`;

export interface Upload {
  kind: ArtifactKind;
  fileName: string;
  declaredType?: string;
  expectedSha256?: string;
}

/** Streams bytes into the store and records them. A row in `artifacts` means that the bytes are durable. */
export class ArtifactService {
  constructor(
    private readonly db: DataSource,
    readonly store: ArtifactStore,
  ) {}

  /**
   * Keeps an upload. Images are decoded whole, so a truncated or mislabelled one never gets in, and their thumbnails are
   * made. Sending bytes again that nothing refers to yet gives them their time of grace anew.
   * @throws UserError TOO_LARGE, HASH_MISMATCH, IMAGE_REFUSED, STORAGE_FULL; nothing is recorded then
   */
  async put(bytes: Readable, upload: Upload): Promise<Artifact> {
    try {
      return await this.withTemporaryFile(async (temporary) => {
        const { sha256, byteSize } = await this.receive(bytes, temporary, upload);
        const picture = upload.kind === ArtifactKind.IMAGE ? await inspectImage(temporary, upload) : null;
        await this.db.query(ANNOUNCE, [sha256, byteSize]);
        for (const { size, webp } of picture?.thumbnails ?? [])
          await this.withTemporaryFile(async (file) => {
            await writeFile(file, webp);
            await this.store.keep(file, thumbnailKey(sha256, size));
          });
        await this.store.keep(temporary, sha256);
        return await this.record({
          sha256,
          kind: upload.kind,
          mediaType: picture?.mediaType ?? "application/octet-stream",
          byteSize,
          width: picture?.width ?? null,
          height: picture?.height ?? null,
          frames: picture?.frames ?? null,
        });
      });
    } catch (error) {
      if (FULL.has((error as NodeJS.ErrnoException).code ?? ""))
        throw new UserError(
          "STORAGE_FULL",
          `${upload.fileName}: the artifact store is full; free space and send it again.`,
          "file",
        );
      throw error;
    }
  }

  /** The row that says that the bytes are durable. */
  private record(artifact: Omit<Artifact, "createdAt" | "uploadedAt">): Promise<Artifact> {
    const { sha256, kind, mediaType, byteSize, width, height, frames } = artifact;
    return inTransaction(this.db, async (tx) => {
      await tx.query(RECORD, [sha256, kind, mediaType, byteSize, width, height, frames]);
      await tx.query("delete from stray_blobs where sha256 = $1", [sha256]);
      return tx.getRepository(Artifact).findOneByOrFail({ sha256 });
    });
  }

  private async withTemporaryFile<T>(work: (path: string) => Promise<T>): Promise<T> {
    const temporary = await this.store.temporaryPath();
    try {
      return await work(temporary);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  find(sha256: string): Promise<Artifact | null> {
    return this.db.getRepository(Artifact).findOneBy({ sha256 });
  }

  /** An artifact that must be there and of a kind. @throws UserError ARTIFACT_MISSING, BAD_INPUT naming `field` */
  async require(sha256: string, kind: ArtifactKind, field: string): Promise<Artifact> {
    const found = await this.find(sha256);
    if (!found) throw new UserError("ARTIFACT_MISSING", `No artifact ${sha256}; upload it first.`, field);
    if (found.kind !== kind)
      throw new UserError("BAD_INPUT", `${field}: is of kind ${found.kind}, not ${kind}.`, field);
    return found;
  }

  /** @returns those of `hashes` that were never uploaded, in order */
  async missing(hashes: string[]): Promise<string[]> {
    const rows: { sha256: string }[] = await this.db.query("select sha256 from artifacts where sha256 = any($1)", [
      hashes,
    ]);
    const present = new Set(rows.map((row) => row.sha256));
    return hashes.filter((hash) => !present.has(hash));
  }

  private async receive(
    bytes: Readable,
    temporary: string,
    upload: Upload,
  ): Promise<{ sha256: string; byteSize: number }> {
    const limit = upload.kind === ArtifactKind.IMAGE ? ARTIFACT_LIMITS.imageBytes : ARTIFACT_LIMITS.otherBytes;
    const hash = createHash("sha256");
    let byteSize = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        byteSize += chunk.length;
        hash.update(chunk);
        done(
          byteSize > limit ? new UserError("TOO_LARGE", `${upload.fileName}: more than ${limit} bytes.`, "file") : null,
          chunk,
        );
      },
    });
    // The source stays open when this fails: it is the request, whose sender waits for an answer.
    await pipeline(bytes.iterator({ destroyOnReturn: false }), meter, createWriteStream(temporary, { mode: 0o600 }));
    const sha256 = hash.digest("hex");
    if (upload.expectedSha256 && upload.expectedSha256 !== sha256)
      throw new UserError(
        "HASH_MISMATCH",
        `${upload.fileName}: announced ${upload.expectedSha256}, received ${sha256}; send it again.`,
        "sha256",
      );
    return { sha256, byteSize };
  }
}
