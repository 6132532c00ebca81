import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type AbandonedFile, type ArtifactStore, IncomingFolder } from "./store.ts";

export interface S3Options {
  /** Address of the service, for example http://store:8333; without it AWS's own. */
  endpoint?: string;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

const ATTEMPTS = 3;

/** The client would warn on the console of requests that it can't repeat; we repeat them. */
const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** HTTP status of the service's answer; undefined when there was none. */
const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

/**
 * Artifacts as objects of an S3-compatible service, so that several servers share them. Uploads in progress lie in a
 * local folder; an object appears whole, under its key, when the service has acknowledged it.
 */
export class S3Store implements ArtifactStore {
  private readonly client: S3Client;
  private readonly incoming: IncomingFolder;

  /** @param incoming local folder for uploads in progress */
  constructor(
    private readonly options: S3Options,
    incoming: string,
  ) {
    this.incoming = new IncomingFolder(incoming);
    const { endpoint, region, accessKeyId, secretAccessKey } = options;
    this.client = new S3Client({
      region,
      credentials: { accessKeyId, secretAccessKey },
      // Services other than AWS have no host name for each bucket, and not all know AWS's newer checksums.
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      logger: SILENT,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  }

  temporaryPath(): Promise<string> {
    return this.incoming.temporaryPath();
  }

  abandonedFiles(before: Date): Promise<AbandonedFile[]> {
    return this.incoming.abandonedFiles(before);
  }

  async keep(temporaryPath: string, key: string): Promise<void> {
    if (!(await this.has(key))) await this.upload(temporaryPath, key);
    await rm(temporaryPath, { force: true });
  }

  /** The client library can't send a stream twice, so a request that failed is repeated here, from the file. */
  private async upload(file: string, key: string): Promise<void> {
    const { size } = await stat(file);
    for (let attempt = 1; ; attempt++)
      try {
        const Body = createReadStream(file);
        await this.client.send(new PutObjectCommand({ ...this.address(key), Body, ContentLength: size }));
        return;
      } catch (error) {
        const status = statusOf(error);
        if (status === 507) throw Object.assign(new Error("The S3 service is full."), { code: "ENOSPC", cause: error });
        if (attempt === ATTEMPTS || (status !== undefined && status < 500)) throw error;
        await pause(100 * 2 ** attempt);
      }
  }

  async has(key: string): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand(this.address(key)));
      return true;
    } catch (error) {
      // A service that cannot be reached, or refuses our key, is an error and not an absent object.
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  read(key: string, range?: { start: number; end: number }): Readable {
    const address = this.address(key);
    const output = new PassThrough();
    const Range = range && `bytes=${range.start}-${range.end}`;
    this.client
      .send(new GetObjectCommand({ ...address, Range }))
      .then(({ Body }) => pipeline(Body instanceof Readable ? Body : Readable.from([]), output))
      .catch((error) => output.destroy(error));
    return output;
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.address(key)));
  }

  private address(key: string): { Bucket: string; Key: string } {
    const hash = key.split("/").at(-1) ?? "";
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`not a store key: ${key}`);
    return { Bucket: this.options.bucket, Key: key };
  }
}
