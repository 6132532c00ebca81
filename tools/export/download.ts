import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../../shared/api-client.ts";

export interface Download {
  /** Absolute address. */
  url: string;
  token: string;
  /** Where the file appears when it is whole. */
  file: string;
  /** @param total null where the server makes the file while it sends it */
  onProgress?: (bytes: number, total: number | null) => void;
  /** How long to go on trying while the server is away, busy or breaks off, ms; 60,000 by default. */
  patience?: number;
  /** Ends it; nothing stays behind. */
  signal?: AbortSignal;
}

const AGAIN = new Set([429, 502, 503]);
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** What the server said instead of sending a file. */
async function refusal(response: Response): Promise<ApiError> {
  const { error } = (await response.json().catch(() => ({}))) as {
    error?: { code: string; message: string; field: string | null };
  };
  return new ApiError(error?.code ?? "INTERNAL", error?.message ?? `HTTP ${response.status}`, error?.field);
}

/** @returns its bytes; null when it is worth another try */
async function attempt(request: Download, temporary: string): Promise<number | null> {
  const { url, token, signal, onProgress } = request;
  const response = await fetch(url, { signal, headers: { authorization: `Bearer ${token}` } }).catch(() => null);
  if (!response || AGAIN.has(response.status)) {
    await response?.body?.cancel();
    return null;
  }
  if (!response.ok || !response.body) throw await refusal(response);
  const length = response.headers.get("content-length");
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      onProgress?.(bytes, length === null ? null : Number(length));
      done(null, chunk);
    },
  });
  const source = Readable.fromWeb(response.body as ReadableStream);
  try {
    await pipeline(source, meter, createWriteStream(temporary), { signal });
  } catch (error) {
    // The disk is full, or the folder is not ours; what the network does has its system call a level deeper.
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    return null;
  }
  return bytes;
}

/**
 * Saves what an address gives. Until it is whole and on the disk it lies under another name, which goes when it fails.
 * @returns its bytes. @throws ApiError with the server's code, UNREACHABLE when patience ends; Error of the file system
 */
export async function download(request: Download): Promise<number> {
  const temporary = `${request.file}.${process.pid}.part`;
  const deadline = Date.now() + (request.patience ?? 60_000);
  try {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const bytes = await attempt(request, temporary);
      request.signal?.throwIfAborted();
      if (bytes !== null) {
        const file = await open(temporary, "r+");
        await file.sync().finally(() => file.close());
        await rename(temporary, request.file);
        return bytes;
      }
      if (Date.now() + wait > deadline)
        throw new ApiError("UNREACHABLE", `${request.url} gave no whole answer in time.`);
      await sleep(wait, undefined, { signal: request.signal });
    }
  } finally {
    await rm(temporary, { force: true });
  }
}
