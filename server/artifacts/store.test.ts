import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { S3Store } from "./s3-store.ts";
import { type ArtifactStore, FolderStore } from "./store.ts";

/** Statuses that the next PUTs are answered with. */
const failures: number[] = [];

/** The part of S3 that the store speaks: PUT, HEAD, GET (with Range) and DELETE of objects, path style, signed. */
function s3Service(objects: Map<string, Buffer>): Server {
  return createServer(async (request, response) => {
    const key = new URL(request.url ?? "/", "http://s3").pathname;
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 Credential=access/")) {
      response.writeHead(403).end();
      return;
    }
    const failure = request.method === "PUT" && failures.shift();
    if (failure) {
      request.resume();
      response.writeHead(failure).end();
      return;
    }
    if (request.method === "PUT") {
      objects.set(key, await buffer(request));
      response.end();
      return;
    }
    if (request.method === "DELETE") {
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    const object = objects.get(key);
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (!object) response.writeHead(404).end();
    else if (request.method === "HEAD") response.writeHead(200, { "content-length": object.length }).end();
    else if (start) response.writeHead(206).end(object.subarray(Number(start), Number(end) + 1));
    else response.end(object);
  });
}

const folder = mkdtempSync(join(tmpdir(), "gan-rm-lab-store-"));
const objects = new Map<string, Buffer>();
const service = s3Service(objects);
const s3 = (accessKeyId: string) => {
  const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  return new S3Store(
    { endpoint, bucket: "lab", region: "us-east-1", accessKeyId, secretAccessKey: "secret" },
    join(folder, "incoming-s3"),
  );
};

/**
 * A real service, by hand: GANRM_TEST_S3 is its address with key and secret, http://key:secret@127.0.0.1:7070/bucket.
 * Such as versitygw (`go install github.com/versity/versitygw/cmd/versitygw@latest`).
 */
function realService(address: string): S3Store {
  const { origin, pathname, username, password } = new URL(address);
  return new S3Store(
    {
      endpoint: origin,
      bucket: pathname.slice(1),
      region: "us-east-1",
      accessKeyId: username,
      secretAccessKey: password,
    },
    join(folder, "incoming-real"),
  );
}

beforeAll(() => {
  return new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
  rmSync(folder, { recursive: true, force: true });
});

const implementations: [string, () => ArtifactStore][] = [
  ["FolderStore", () => new FolderStore(folder)],
  ["S3Store", () => s3("access")],
];
const { GANRM_TEST_S3 } = process.env;
if (GANRM_TEST_S3) implementations.push(["S3Store on a real service", () => realService(GANRM_TEST_S3)]);

describe.each(implementations)("%s", (_name, make) => {
  const bytes = randomBytes(300_000);
  const key = createHash("sha256").update(bytes).digest("hex");
  const bytesOf = (stream: Readable) => buffer(stream);

  async function put(store: ArtifactStore, content: Buffer, under: string): Promise<string> {
    const path = await store.temporaryPath();
    await writeFile(path, content);
    await store.keep(path, under);
    return path;
  }

  it("gives back the bytes it kept, whole and by inclusive range, and leaves no temporary file", async () => {
    const store = make();
    expect(await store.has(key)).toBe(false);
    const path = await put(store, bytes, key);
    expect(existsSync(path)).toBe(false);
    expect(await store.has(key)).toBe(true);
    expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true);
    expect(await bytesOf(store.read(key, { start: 10, end: 19 }))).toEqual(bytes.subarray(10, 20));
  });

  it("never overwrites what is there", async () => {
    const store = make();
    await put(store, bytes, key);
    await put(store, Buffer.from("other"), key);
    expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true);
  });

  it("removes what is there, and does not mind what is not", async () => {
    const store = make();
    const thumbnail = `thumbnails/160/${key}`;
    await put(store, Buffer.from("small"), thumbnail);
    await put(store, bytes, key);
    for (let time = 1; time <= 2; time++) {
      await store.remove(thumbnail);
      expect([await store.has(thumbnail), await store.has(key)]).toEqual([false, true]);
    }
    await store.remove(key);
    expect(await store.has(key)).toBe(false);
  });

  it("finds temporary files that nobody writes to any more", async () => {
    const store = make();
    const [old, fresh] = [await store.temporaryPath(), await store.temporaryPath()];
    await writeFile(old, "half");
    await writeFile(fresh, "half");
    await utimes(old, 0, 0);
    expect(await store.abandonedFiles(new Date(1000))).toEqual([{ path: old, byteSize: 4 }]);
  });

  it("an absent object is an error of the stream, a key that is no hash one of the caller", async () => {
    const store = make();
    await expect(bytesOf(store.read("0".repeat(64)))).rejects.toThrow();
    expect(() => store.read("../../etc/passwd")).toThrow(RangeError);
  });
});

it("S3Store: a refused access key is an error, not an absent object", async () => {
  await expect(s3("stranger").has("0".repeat(64))).rejects.toThrow();
});

it.each([
  ["that is over is not noticed", [503, 500], true],
  ["that lasts is an error", [503, 503, 503], false],
  ["of permission is one at once", [403], false],
])("S3Store: a failure of the service %s", async (_what, statuses, succeeds) => {
  failures.splice(0, failures.length, ...statuses);
  const store = s3("access");
  const path = await store.temporaryPath();
  await writeFile(path, randomBytes(100_000));
  const key = createHash("sha256").update(randomBytes(8)).digest("hex");
  const kept = store.keep(path, key);
  if (succeeds) await kept;
  else await expect(kept).rejects.toThrow();
  expect([failures, await store.has(key)]).toEqual([[], succeeds]);
});

it("S3Store: a service without room is a store without room", async () => {
  failures.splice(0, failures.length, 507);
  const store = s3("access");
  const path = await store.temporaryPath();
  await writeFile(path, "x");
  await expect(store.keep(path, "1".repeat(64))).rejects.toMatchObject({ code: "ENOSPC" });
});
