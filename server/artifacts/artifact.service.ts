import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import sharp from "sharp";
import type { DataSource } from "typeorm";
import { ArtifactKind } from "../../shared/enums.ts";
import { UserError } from "../../shared/user-error.ts";
import { Artifact } from "./artifact.entity.ts";
import type { ArtifactStore } from "./store.ts";

declare module "../graphql/context.ts" {
  interface Services {
    artifacts: ArtifactService;
  }
}

export const THUMBNAIL_SIZES = [160, 640] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];

/** Largest upload, bytes, and largest picture, pixels. */
export const ARTIFACT_LIMITS = { imageBytes: 64 << 20, otherBytes: 4 * 2 ** 30, pixels: 64_000_000 } as const;

const IMAGE_TYPES: Record<string, string> = {
  png: "image/png",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
};

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
   * Keeps an upload. Images are decoded whole, so a truncated or mislabelled one never gets in, and their thumbnails are made.
   * @throws UserError TOO_LARGE, HASH_MISMATCH, IMAGE_REFUSED, STORAGE_FULL; nothing is kept then
   */
  async put(bytes: Readable, upload: Upload): Promise<Artifact> {
    const temporary = await this.store.temporaryPath();
    try {
      const { sha256, byteSize } = await this.receive(bytes, temporary, upload);
      const picture = upload.kind === ArtifactKind.IMAGE ? await this.inspectImage(temporary, sha256, upload) : null;
      await this.store.keep(temporary, sha256);
      await this.db.query(
        `insert into artifacts (sha256, kind, media_type, byte_size, width, height) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [
          sha256,
          upload.kind,
          picture?.mediaType ?? "application/octet-stream",
          byteSize,
          picture?.width ?? null,
          picture?.height ?? null,
        ],
      );
      return await this.db.getRepository(Artifact).findOneByOrFail({ sha256 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC" || (error as NodeJS.ErrnoException).code === "EDQUOT")
        throw new UserError(
          "STORAGE_FULL",
          `${upload.fileName}: the artifact store is full; free space and send it again.`,
          "file",
        );
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  find(sha256: string): Promise<Artifact | null> {
    return this.db.getRepository(Artifact).findOneBy({ sha256 });
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
    await pipeline(bytes, meter, createWriteStream(temporary, { mode: 0o600 }));
    const sha256 = hash.digest("hex");
    if (upload.expectedSha256 && upload.expectedSha256 !== sha256)
      throw new UserError(
        "HASH_MISMATCH",
        `${upload.fileName}: announced ${upload.expectedSha256}, received ${sha256}; send it again.`,
        "sha256",
      );
    return { sha256, byteSize };
  }

  private async inspectImage(
    file: string,
    sha256: string,
    upload: Upload,
  ): Promise<{ mediaType: string; width: number; height: number }> {
    const refuse = (reason: string) => new UserError("IMAGE_REFUSED", `${upload.fileName}: ${reason}`, "file");
    const options = { limitInputPixels: ARTIFACT_LIMITS.pixels, failOn: "error" as const };
    const metadata = await sharp(file, options)
      .metadata()
      .catch(() => null);
    const mediaType = IMAGE_TYPES[metadata?.format ?? ""];
    if (!metadata || !mediaType) throw refuse("not a PNG, JPEG, WebP or GIF image.");
    if (metadata.width * metadata.height > ARTIFACT_LIMITS.pixels)
      throw refuse(`${metadata.width} x ${metadata.height} is more than ${ARTIFACT_LIMITS.pixels} pixels.`);
    if (upload.declaredType?.startsWith("image/") && upload.declaredType !== mediaType)
      throw refuse(`said to be ${upload.declaredType}, but it is ${mediaType}.`);
    for (const size of THUMBNAIL_SIZES) {
      const thumbnail = await sharp(file, options)
        .rotate()
        .resize(size, size, { fit: "inside", withoutEnlargement: true })
        .webp({ quality: 82 })
        .toBuffer()
        .catch((error: Error) => {
          throw refuse(`can't be decoded (${error.message.split("\n")[0]}).`);
        });
      const temporary = await this.store.temporaryPath();
      await writeFile(temporary, thumbnail);
      await this.store.keep(temporary, `thumbnails/${size}/${sha256}`);
    }
    return { mediaType, width: metadata.width, height: metadata.height };
  }
}
