import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { ApiClient } from "../../shared/api-client.ts";

import { encodeAll } from "../ml/encoders/encode-all.ts";
import type { Encoder } from "../ml/encoders/encoder.ts";

const PARALLEL_DOWNLOADS = 8;

/** Features are worth keeping: one file per (encoder, artifact), so no image is decoded twice on this machine. */
function cacheFile(encoder: Encoder, sha256: string): string {
  const root = process.env.GANRM_CACHE_DIR ?? path.join(os.tmpdir(), `gan-rm-lab-features-${process.getuid?.() ?? 0}`);
  return path.join(root, `${encoder.id}-${encoder.sha256.slice(0, 16)}`, sha256.slice(0, 2), `${sha256}.f32`);
}

async function readCached(file: string, width: number): Promise<Float32Array | null> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes?.byteLength !== width * 4) return null;
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

async function writeCached(file: string, row: Float32Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
  await rename(temporary, file);
}

/** Bytes of the artifacts in order, a few downloads ahead of the reader. */
async function* download(client: ApiClient, hashes: string[]): AsyncIterable<{ key: string; bytes: Buffer }> {
  const ahead: Promise<{ key: string; bytes: Buffer }>[] = [];
  const fetchOne = async (key: string) => ({ key, bytes: Buffer.from(await client.download(key)) });
  let next = 0;
  while (next < hashes.length || ahead.length > 0) {
    while (ahead.length < PARALLEL_DOWNLOADS && next < hashes.length) {
      const one = fetchOne(hashes[next++] ?? "");
      one.catch(() => undefined); // reported where it is awaited
      ahead.push(one);
    }
    const first = await ahead.shift();
    if (first) yield first;
  }
}

/**
 * Features of artifacts, one row of 2D numbers each, in the order of `hashes`.
 * @throws Error naming the first image that the encoder can't read
 */
export async function featuresOf(
  client: ApiClient,
  encoder: Encoder,
  hashes: string[],
  onProgress: (done: number) => void = () => undefined,
): Promise<Float32Array> {
  const width = 2 * encoder.width;
  const rows = new Map<string, Float32Array>();
  for (const hash of new Set(hashes)) {
    const row = await readCached(cacheFile(encoder, hash), width);
    if (row) rows.set(hash, row);
  }
  const missing = [...new Set(hashes)].filter((hash) => !rows.has(hash));
  const known = rows.size;
  if (missing.length > 0) {
    const { keys, features, failures } = await encodeAll(encoder, download(client, missing), {
      onProgress: (done) => onProgress(known + done),
    });
    const failure = failures[0];
    if (failure) throw new Error(`Image ${failure.key} can't be encoded: ${failure.reason}`);
    for (const [i, key] of keys.entries()) {
      const row = features.slice(i * width, (i + 1) * width);
      rows.set(key, row);
      await writeCached(cacheFile(encoder, key), row);
    }
  }
  const matrix = new Float32Array(hashes.length * width);
  for (const [i, hash] of hashes.entries()) matrix.set(rows.get(hash) ?? [], i * width);
  onProgress(hashes.length);
  return matrix;
}
