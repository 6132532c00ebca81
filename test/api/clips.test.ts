import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIP_HEADER } from "../../shared/clip.ts";
import { clipOf } from "../support/clip.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const framesOf = (sha256: string, size: string) =>
  fetch(`${server.url}/artifacts/${sha256}/frames/${size}`, {
    headers: { authorization: `Bearer ${server.tokens.VIEWER}` },
  });
const counted = async (sha256: string): Promise<number> =>
  (await server.ask("query ($sha256: ID!) { artifact(sha256: $sha256) { frames } }", { sha256 })).data.artifact.frames;

test("a clip's frames are counted, and sent in one picture: small for the grid, whole to be looked at", async () => {
  const frames = Array.from({ length: 6 }, (_, i) => ({ colour: [40 * i, 0, 0] as const, ms: 50 + 10 * i }));
  const { body } = await server.upload(await clipOf(frames, { width: 320, height: 200 }));
  expect(await counted(body.sha256)).toBe(6);
  for (const [size, width, height] of [
    ["160", 160, 100],
    ["full", 320, 200],
  ] as const) {
    const answer = await framesOf(body.sha256, size);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/webp"]);
    const clip = JSON.parse(answer.headers.get(CLIP_HEADER) ?? "null");
    expect(clip.delaysMs).toEqual([50, 60, 70, 80, 90, 100]);
    const sheet = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect([sheet.width, sheet.height]).toEqual([width * clip.columns, height * Math.ceil(6 / clip.columns)]);
  }
});

test("a still has one frame and none to be played; neither has a size that is not offered", async () => {
  const still = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .gif()
    .toBuffer();
  const { body } = await server.upload(still);
  expect(await counted(body.sha256)).toBe(1);
  expect((await framesOf(body.sha256, "160")).status).toBe(404);
  const moving = await clipOf(
    [0, 200].map((red) => ({ colour: [red, 0, 0] as const, ms: 50 })),
    {
      ...{ width: 8, height: 8, format: "gif" },
    },
  );
  expect((await framesOf((await server.upload(moving)).body.sha256, "constructor")).status).toBe(404);
});
