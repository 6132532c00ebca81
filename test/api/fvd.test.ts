/** The Frechet video distance of a round of clips, from uploaded animations to the number, by an extractor of I3D's shape. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { frechetDistance } from "../../server/ml/metrics/frechet.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import { Role } from "../../shared/enums.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { clipFeatures, SEEDS, writeTinyScorers } from "../support/tiny-scorers.ts";
import { openExperiment } from "./open-experiment.ts";

const [PROMPTS, K, PROXIES, FRAMES, SIZE] = [10, 2, 60, 16, 16];
const FVD = "FVD(i3d-kinetics400)";

type Colour = [number, number, number];

/** Frames of one colour each: however they are resized, the extractor's mean of a frame is that colour. */
function colours(random: Random, brightness: number): Colour[] {
  const one = () => Math.floor(random.uniform() * brightness);
  return Array.from({ length: FRAMES }, () => [one(), one(), one()]);
}

async function animation(frames: Colour[]): Promise<Buffer> {
  const pixels = Buffer.concat(
    frames.map((colour) =>
      Buffer.from(
        Array(SIZE * SIZE)
          .fill(colour)
          .flat(),
      ),
    ),
  );
  const raw = { width: SIZE, height: SIZE * FRAMES, channels: 3 as const, pageHeight: SIZE };
  return sharp(pixels, { raw })
    .webp({ lossless: true, loop: 0, delay: Array(FRAMES).fill(40) })
    .toBuffer();
}

/** What the extractor makes of a clip, in plain TypeScript. */
const featuresOf = (frames: Colour[]): number[] =>
  clipFeatures(
    SEEDS.video,
    frames.map((colour) => colour.map((value) => [(value / 255 - 0.5) / 0.5])),
  );

const rows = (clips: Colour[][]) => ({ width: 10, values: Float64Array.from(clips.flatMap(featuresOf)) });

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(path.join(os.tmpdir(), "gan-rm-fvd-"));
  await writeTinyScorers(folder);
  vi.stubEnv("GANRM_SCORERS_DIR", folder);
  vi.stubEnv("GANRM_HUB_URL", "");
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("is the Frechet distance of the clips' features, against the held-out clips of the proxy set", {
  timeout: 240_000,
}, async () => {
  const random = new Random(4);
  const upload = async (frames: Colour[]): Promise<string> =>
    (await server.upload(await animation(frames))).body.sha256;
  const proxies = new Map<string, Colour[]>();
  for (let i = 0; i < PROXIES; i++) {
    const frames = colours(random, 256);
    proxies.set(await upload(frames), frames);
  }
  const { roundId, proxySetId } = await openExperiment(server, PROMPTS, K, [...proxies.keys()]);
  const clips = Array.from({ length: PROMPTS * K }, () => colours(random, 200));
  const samples: object[] = [];
  for (const [i, frames] of clips.entries())
    samples.push({ promptPosition: Math.floor(i / K), k: i % K, artifactSha256: await upload(frames) });
  const { errors } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }",
    { input: { roundId, samples } },
  );
  expect(errors).toBeUndefined();

  const asked = await server.ask(
    "mutation ($input: MeasureRoundInput!) { measureRound(input: $input) { job { id } } }",
    { input: { roundId, metrics: [FVD], resamples: 50 } },
    Role.MEMBER,
  );
  expect(asked.errors).toBeUndefined();
  expect(await runNextJob(server)).toMatchObject({ state: "SUCCEEDED" });

  const held: { sha256: string }[] = await server.db.query(
    "select artifact_sha256 as sha256 from proxy_items where proxy_set_id = $1 and split = 'HELD_OUT'",
    [proxySetId],
  );
  expect(held).toHaveLength(PROXIES / 5);
  const reference = rows(held.map(({ sha256 }) => proxies.get(sha256) ?? []));
  const { data } = await server.ask(
    "query ($id: ID!) { round(id: $id) { metrics { nodes { name direction provenance latest { value low high n } } } } }",
    { id: roundId },
  );
  const [series] = data.round.metrics.nodes;
  expect(series).toMatchObject({
    name: FVD,
    direction: "LOWER",
    provenance: { scorer: "i3d-fvd", sample: { kind: "clip", count: FRAMES }, reference: { split: "HELD_OUT" } },
    latest: { n: PROMPTS * K },
  });
  const wanted = await frechetDistance(reference, rows(clips));
  expect(wanted).toBeGreaterThan(0.1);
  expect(Math.abs(series.latest.value / wanted - 1)).toBeLessThan(1e-4);
  expect(series.latest.low).toBeLessThan(wanted);
  expect(series.latest.high).toBeGreaterThan(wanted);
});
