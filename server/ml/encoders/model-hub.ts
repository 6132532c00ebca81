import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../../../shared/user-error.ts";

export interface HubFile {
  readonly url: string;
  /** hex; undefined: what the hub says of the file, as Hugging Face does in X-Linked-Etag, of small files in ETag */
  readonly sha256?: string;
}

/** What a file is checked by: its sha256, or git's name for its bytes, which is all that a hub says of small files. */
type Checksum = { readonly kind: "sha256" | "git sha1"; readonly hex: string };

const ATTEMPTS = 5;

/** Answers that asking again does not change. */
class Refusal extends Error {}

/**
 * Path of a model file in the cache. It is downloaded when it is first asked for: a download that broke off is taken up
 * where it stopped, by a later process too, and the file gets its name once its sha256 is right. After that no network is
 * needed. @throws UserError BAD_INPUT where it can't be had, with what to do
 */
export async function cachedModel(file: HubFile, cacheDirectory: string): Promise<string> {
  const target = cachedPath(file.url, cacheDirectory);
  if (await exists(target)) return target;
  await mkdir(path.dirname(target), { recursive: true });
  const part = await claimPart(target);
  try {
    const wanted = await download(file, part);
    const found = wanted.kind === "sha256" ? await sha256Of(part) : await gitSha1Of(part);
    if (found !== wanted.hex) {
      await rm(part);
      throw new Error(`the file's ${wanted.kind} is ${found}, not ${wanted.hex}`);
    }
    await rename(part, target);
    return target;
  } catch (error) {
    throw new UserError(
      "BAD_INPUT",
      `The model can't be had from ${file.url}: ${reasonOf(error)}. What came is kept, and the next try goes on from there. Without network, put the file on this machine and name its path.`,
      "encoder",
    );
  }
}

/** Where a file is once it was downloaded. */
export function cachedPath(url: string, cacheDirectory: string): string {
  const ending = /\.[a-z]+$/.exec(new URL(url).pathname)?.[0] ?? ".onnx";
  const name = createHash("sha256").update(url).digest("hex").slice(0, 16);
  return path.join(cacheDirectory, "models", `${name}${ending}`);
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** sha1 of "blob <bytes>\0" and the bytes: what git names a file's content by. */
async function gitSha1Of(file: string): Promise<string> {
  const hash = createHash("sha1").update(`blob ${(await stat(file)).size}\0`);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** This process's unfinished download, with what a process that is no more had of it. */
async function claimPart(target: string): Promise<string> {
  const own = `${target}.${process.pid}.part`;
  for (const name of await readdir(path.dirname(target))) {
    const [, pid] = /\.(\d+)\.part$/.exec(name) ?? [];
    const other = path.join(path.dirname(target), name);
    if (!pid || !other.startsWith(`${target}.`) || isAlive(Number(pid))) continue;
    await rename(other, own).catch(() => undefined); // another process was faster
    break;
  }
  return own;
}

/** Fills `part`. @returns what the file must be */
async function download({ url, sha256 }: HubFile, part: string): Promise<Checksum> {
  for (let attempt = 1; ; attempt++)
    try {
      const wanted: Checksum = sha256 ? { kind: "sha256", hex: sha256 } : await announced(url);
      await appendTo(part, url);
      return wanted;
    } catch (error) {
      if (error instanceof Refusal || attempt === ATTEMPTS) throw error;
      await pause(50 * 2 ** attempt);
    }
}

/** Asks for what is still missing of the file, and writes it behind what is there. */
async function appendTo(part: string, url: string): Promise<void> {
  const have = (await exists(part)) ? (await stat(part)).size : 0;
  const response = await fetch(url, {
    headers: { "Accept-Encoding": "identity", ...(have > 0 && { Range: `bytes=${have}-` }) },
  });
  if (response.status === 416) return; // nothing is missing; the sha256 has the last word
  if (!response.ok || !response.body) throw failure(response);
  const flags = response.status === 206 ? "a" : "w";
  await pipeline(response.body, createWriteStream(part, { flags }));
}

/** The hub's own word, in the answer that sends us on to where the bytes are. */
async function announced(url: string): Promise<Checksum> {
  const response = await fetch(url, { method: "HEAD", redirect: "manual" });
  if (response.status >= 400) throw failure(response);
  const { headers } = response;
  const [sha256] = /[0-9a-f]{64}/.exec(headers.get("x-linked-etag") ?? "") ?? [];
  if (sha256) return { kind: "sha256", hex: sha256 };
  const [, sha1] = /^(?:W\/)?"([0-9a-f]{40})"$/.exec(headers.get("x-linked-etag") ?? headers.get("etag") ?? "") ?? [];
  if (sha1) return { kind: "git sha1", hex: sha1 };
  throw new Refusal("the hub does not say the file's sha256, so it must be given");
}

function failure({ status }: Response): Error {
  const text = `HTTP ${status}`;
  return status < 500 && status !== 429 ? new Refusal(text) : new Error(text);
}

/** fetch says only "fetch failed"; what failed is the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message || (cause as NodeJS.ErrnoException).code})` : message;
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
