import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { cachedModel } from "./model-hub.ts";

const bytes = randomBytes(300_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
let cache = "";
let requests: { method: string; url: string; range: string | undefined }[] = [];
/** What each next GET of the file is answered with instead of the whole. */
let breaks: ((response: ServerResponse) => void)[] = [];

/** Answers as Hugging Face does: /hub/... names the sha256 and sends on to /store/..., which knows ranges. */
const hub = createServer((request: IncomingMessage, response) => {
  const { method = "", url = "" } = request;
  requests.push({ method, url, range: request.headers.range });
  if (url === "/missing") response.writeHead(404).end();
  else if (url === "/hub/model.onnx")
    response.writeHead(302, { location: "/store/model.onnx", "x-linked-etag": `"${sha256}"` }).end();
  else if (url === "/hub/another.onnx")
    response.writeHead(302, { location: "/store/model.onnx", "x-linked-etag": `"${"0".repeat(64)}"` }).end();
  else if (method === "HEAD") response.end();
  else {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const breaking = breaks.shift();
    if (breaking) breaking(response);
    else if (start >= bytes.length) response.writeHead(416).end();
    else response.writeHead(start > 0 ? 206 : 200).end(bytes.subarray(start));
  }
});
const at = (path: string) => `http://127.0.0.1:${(hub.address() as AddressInfo).port}${path}`;
const gets = () => requests.filter(({ method, url }) => method === "GET" && url.startsWith("/store"));
const models = () => readdir(join(cache, "models"));

beforeAll(() => new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  hub.closeAllConnections();
  hub.close();
});
beforeEach(async () => {
  if (cache) await rm(cache, { recursive: true });
  cache = await mkdtemp(join(tmpdir(), "gan-rm-hub-"));
  requests = [];
  breaks = [];
});
afterAll(() => rm(cache, { recursive: true, force: true }));

/** Sends so much and hangs up. */
const breakAfter =
  (sent: number, from = 0) =>
  (response: ServerResponse) => {
    response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from });
    response.write(bytes.subarray(from, from + sent), () => setTimeout(() => response.destroy(), 50));
  };

test("downloads once, checks the sha256 that the hub announces, and needs no network again", async () => {
  const file = await cachedModel({ url: at("/hub/model.onnx") }, cache);
  expect((await readFile(file)).equals(bytes)).toBe(true);
  const asked = requests.length;
  expect(await cachedModel({ url: at("/hub/model.onnx") }, cache)).toBe(file);
  expect(requests.length).toBe(asked);
  expect(await models()).toHaveLength(1);
});

test("a download that breaks off goes on where it stopped", async () => {
  breaks = [breakAfter(100_000), breakAfter(50_000, 100_000)];
  const file = await cachedModel({ url: at("/store/model.onnx"), sha256 }, cache);
  expect((await readFile(file)).equals(bytes)).toBe(true);
  expect(gets().map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
});

test("what a process that died had of it is taken up, and what a living one has is not", async () => {
  const file = await cachedModel({ url: at("/store/model.onnx"), sha256 }, cache);
  await rm(file);
  await writeFile(`${file}.${process.ppid}.part`, "of a living process");
  await writeFile(`${file}.99999999.part`, bytes.subarray(0, 200_000));
  await cachedModel({ url: at("/store/model.onnx"), sha256 }, cache);
  expect((await readFile(file)).equals(bytes)).toBe(true);
  expect(gets().at(-1)?.range).toBe("bytes=200000-");
  expect(await models()).toHaveLength(2);
});

test("a server that knows no ranges sends it all again", async () => {
  breaks = [breakAfter(100_000), (response) => response.writeHead(200).end(bytes)];
  const file = await cachedModel({ url: at("/store/model.onnx"), sha256 }, cache);
  expect((await readFile(file)).equals(bytes)).toBe(true);
});

test.each([
  ["another file than declared", () => ({ url: at("/store/model.onnx"), sha256: "0".repeat(64) }), "sha256 is"],
  ["another file than announced", () => ({ url: at("/hub/another.onnx") }), "sha256 is"],
  ["a file that is not there", () => ({ url: at("/missing"), sha256 }), "HTTP 404"],
  ["a hub that announces nothing", () => ({ url: at("/store/model.onnx") }), "must be given"],
])("%s is refused, and nothing is left that could pass for it", async (_what, file, reason) => {
  await expect(cachedModel(file(), cache)).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: expect.stringContaining(reason),
  });
  expect(await models()).toEqual([]);
});

test("no network: says so, and what to do", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const url = `http://127.0.0.1:${port}/model.onnx`;
  await expect(cachedModel({ url, sha256 }, cache)).rejects.toThrow(/127\.0\.0\.1.*ECONNREFUSED.*name its path/s);
}, 20_000);
