/** Images that must not get in: each is refused by name with the reason, and the rest of its batch goes in. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ARTIFACT_LIMITS } from "../../server/artifacts/artifact.service.ts";
import { endOfImage } from "../../server/artifacts/image-end.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { IMAGE_FORMATS, type ImageFormat } from "../../shared/image-format.ts";
import { importExperiment } from "../../tools/import/import-experiment.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const FORMATS = Object.keys(IMAGE_FORMATS) as ImageFormat[];
const good = {} as Record<ImageFormat, Buffer>;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const pixels = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  const picture = () => sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } });
  good.PNG = await picture().png().toBuffer();
  good.JPEG = await picture().jpeg().toBuffer();
  good.WebP = await picture().webp().toBuffer();
  good.GIF = await picture().gif().toBuffer();
});
afterAll(() => server?.stop());
beforeEach(() => server.db.query("delete from artifacts"));

const upload = (bytes: Buffer, name: string, type = "application/octet-stream") =>
  server.upload(bytes, { "x-file-name": encodeURIComponent(name), "content-type": type });

async function expectRefused(bytes: Buffer, name: string, reason: RegExp, code = "IMAGE_REFUSED"): Promise<void> {
  const { status, body } = await upload(bytes, name);
  expect([status, body.error?.code, body.error?.message]).toEqual([
    code === "TOO_LARGE" ? 413 : 422,
    code,
    expect.stringMatching(reason),
  ]);
  expect(body.error?.message).toContain(name);
  expect(await server.db.query("select 1 from artifacts union all select 1 from stray_blobs")).toEqual([]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** A PNG of one bit a pixel, all black. @param rows how many of them are really there */
function blackPng(width: number, height: number, rows: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const data = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * rows));
  const signature = good.PNG.subarray(0, 8);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

describe.each(FORMATS)("%s", (format) => {
  const name = `picture.${IMAGE_FORMATS[format].extensions[0]}`;

  test("whole, goes in as what it is", async () => {
    const { status, body } = await upload(good[format], name);
    expect([status, (body as unknown as { mediaType: string }).mediaType]).toEqual([
      201,
      IMAGE_FORMATS[format].mediaType,
    ]);
  });

  test("ends where its container says, whatever follows", () => {
    const bytes = good[format];
    expect(endOfImage(bytes, format)).toBe(bytes.length);
    expect(endOfImage(Buffer.concat([bytes, Buffer.from("more")]), format)).toBe(bytes.length);
    expect(endOfImage(bytes.subarray(0, -1), format)).toBeNull();
  });

  test.each([0.02, 0.3, 0.9, 1])("cut off after %d of its bytes, is refused", async (share) => {
    const bytes = good[format];
    await expectRefused(bytes.subarray(0, share === 1 ? bytes.length - 1 : bytes.length * share), name, /./);
  });

  test("with another file behind it, is refused", async () => {
    const zip = Buffer.from("PK\x03\x04<script>alert(1)</script>", "latin1");
    await expectRefused(Buffer.concat([good[format], zip]), name, /follow it/);
  });

  test("named or declared as another format, is refused", async () => {
    const other = format === "PNG" ? "JPEG" : "PNG";
    await expectRefused(good[format], `lie.${IMAGE_FORMATS[other].extensions[0]}`, /named as/);
    const lie = await upload(good[format], name, IMAGE_FORMATS[other].mediaType);
    expect(lie.body.error?.code).toBe("IMAGE_REFUSED");
  });
});

test.each([
  ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  ["SVG that reads a file", '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text>&x;</text></svg>'],
  ["HTML", "<!doctype html><script>alert(1)</script>"],
  ["nothing", ""],
])("%s under an image's name is refused", async (_what, text) => {
  await expectRefused(Buffer.from(text), "picture.png", /not a PNG, JPEG, WebP or GIF/);
});

test("script that begins as a GIF is refused", async () => {
  await expectRefused(Buffer.from("GIF89a/*aaaaaaaaaaaa*/=1;alert(1);"), "script.gif", /./);
});

test("damage in the middle of a PNG is refused", async () => {
  const damaged = Buffer.from(good.PNG);
  damaged.fill(0x55, 500, 700);
  await expectRefused(damaged, "damaged.png", /can't be decoded/);
});

test("a small file of too many pixels is refused before it is decoded, whether they are there or only claimed", async () => {
  const bomb = blackPng(9000, 9000, 9000);
  expect(bomb.length).toBeLessThan(20_000);
  await expectRefused(bomb, "bomb.png", /9000 x 9000 is more than/);
  await expectRefused(blackPng(50_000, 50_000, 1), "claim.png", /50000 x 50000 is more than/);
});

test("more bytes than an image may have are refused while they come", async () => {
  const bytes = Buffer.alloc(ARTIFACT_LIMITS.imageBytes + 1);
  good.PNG.copy(bytes);
  await expectRefused(bytes, "huge.png", /more than 67108864 bytes/, "TOO_LARGE");
});

test("a lab's batch goes in without its bad images, each of which is named with its reason", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-bad-images-"));
  try {
    const bad: Record<string, Buffer> = {
      "cut.png": good.PNG.subarray(0, -20),
      "lie.png": good.JPEG,
      "page.png": Buffer.from("<!doctype html>"),
      "drawing.svg": Buffer.from("<svg/>"),
      "two-in-one.jpg": Buffer.concat([good.JPEG, Buffer.from("PK")]),
      "bomb.png": blackPng(9000, 9000, 9000),
    };
    const samples: Record<string, Buffer> = { "a.png": good.PNG, "b.jpg": good.JPEG, ...bad };
    const proxy = { "c.webp": good.WebP, "d.gif": good.GIF, ...bad };
    for (const [name, files] of Object.entries({ samples, proxy })) {
      mkdirSync(path.join(folder, name));
      for (const [file, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name, file), bytes);
    }
    const lines = Object.keys(samples).map((file) => JSON.stringify({ file_name: file, prompt: "a cat" }));
    writeFileSync(path.join(folder, "samples", "metadata.jsonl"), lines.join("\n"));
    const report = await importExperiment(new ApiClient({ url: server.url, token: server.tokens.MEMBER }), {
      name: "bad images",
      samples: path.join(folder, "samples"),
      proxy: path.join(folder, "proxy"),
      evalShare: 0,
    });
    expect(report).toMatchObject({ samples: 2, proxyImages: 2 });
    const named = report.refused.map(({ file }) => file).toSorted();
    expect(named).toEqual([...Object.keys(bad), ...Object.keys(bad)].toSorted());
    for (const { reason } of report.refused) expect(reason.length).toBeGreaterThan(10);
  } finally {
    await server.db.query("delete from experiments");
    for (const table of ["proxy_sets", "prompt_sets", "policies"]) await server.db.query(`delete from ${table}`);
    rmSync(folder, { recursive: true, force: true });
  }
});
