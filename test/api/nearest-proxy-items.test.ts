import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeSafetensors } from "../../server/ml/safetensors.ts";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ABSENT } from "./bad-input.ts";
import { openExperiment, plainPng } from "./open-experiment.ts";

const WIDTH = 4;
const KEY = "ab".repeat(32);
const QUERY = `query ($id: ID!, $first: Int!) { nearestProxyItems(sampleId: $id, first: $first) {
  encoder compared itemCount items { distance item { split artifact { sha256 } } } } }`;
interface Nearest {
  encoder: string;
  compared: number;
  itemCount: number;
  items: { distance: number; item: { split: string; artifact: { sha256: string } } }[];
}

let server: TestServer;
let proxies: string[];
let sampleImage: string;
let sampleId: string;

async function must(query: string, variables: Record<string, unknown>, role: Role = Role.MEMBER) {
  const { data, errors } = await server.ask(query, variables, role);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Stores a matrix as workers do. */
async function store(images: string[], rows: number[][], encoder: string, encoderKey = KEY): Promise<void> {
  const data = Float32Array.from(rows.flat());
  const file = encodeSafetensors({
    tensors: new Map([["features", { shape: [images.length, WIDTH], data }]]),
    metadata: { encoder, images: images.join("\n") },
  });
  const { body } = await server.upload(Buffer.from(file), { "x-artifact-kind": "FEATURES" });
  const input = { encoderKey, matrixSha256: body.sha256, images };
  await must(
    "mutation ($input: RegisterFeaturesInput!) { registerFeatures(input: $input) { rows { row } } }",
    { input },
    Role.WORKER,
  );
}

const nearest = async (first = 6): Promise<Nearest | null> =>
  (await must(QUERY, { id: sampleId, first }, Role.VIEWER)).nearestProxyItems;

beforeAll(async () => {
  server = await startTestServer();
  proxies = [];
  for (let shade = 0; shade < 5; shade++) proxies.push((await server.upload(await plainPng(10 + shade))).body.sha256);
  const { roundId } = await openExperiment(server, 1, 2, proxies);
  sampleImage = (await server.upload(await plainPng(200))).body.sha256;
  const { logSamples } = await must(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { round { samples { nodes { id } } } } }",
    { input: { roundId, samples: [{ promptPosition: 0, k: 0, artifactSha256: sampleImage }] } },
  );
  sampleId = logSamples.round.samples.nodes[0].id;
});
afterAll(() => server?.stop());

test("until the sample is encoded there is no answer", async () => {
  expect(await nearest()).toBeNull();
});

test("the nearest by cosine of the stored features, of the experiment's encoder, whatever their lengths and matrices", async () => {
  await store([sampleImage], [[1, 1, 0, 0]], "mobilenet-v2-mid 1");
  // Another encoder's features would say the opposite.
  await store(
    [sampleImage, proxies[4] ?? ""],
    [
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ],
    "other 1",
    "cd".repeat(32),
  );
  await store(
    [proxies[2] ?? "", proxies[0] ?? ""],
    [
      [-3, -3, 0, 0],
      [10, 0, 0, 0],
    ],
    "mobilenet-v2-mid 1",
  );
  await store(
    [proxies[1] ?? "", proxies[3] ?? ""],
    [
      [7, 7.5, 0, 0],
      [0, 0, 0, 0],
    ],
    "mobilenet-v2-mid 1",
  );
  const found = await nearest();
  expect(found).toMatchObject({ encoder: "mobilenet-v2-mid 1", compared: 4, itemCount: 5 });
  expect(found?.items.map(({ item }) => proxies.indexOf(item.artifact.sha256))).toEqual([1, 0, 3, 2]);
  const distances = found?.items.map(({ distance }) => distance) ?? [];
  for (const [i, expected] of [1 - 14.5 / Math.sqrt(2 * (49 + 56.25)), 1 - Math.SQRT1_2, 1, 2].entries())
    expect(distances[i]).toBeCloseTo(expected, 6);
  expect((await nearest(2))?.items.map(({ distance }) => distance)).toEqual(distances.slice(0, 2));
});

test("a newer version of the encoder is preferred", async () => {
  await store(
    [sampleImage, proxies[4] ?? ""],
    [
      [1, 0, 0, 0],
      [2, 0, 0, 0],
    ],
    "mobilenet-v2-mid 10",
    "ef".repeat(32),
  );
  expect(await nearest()).toMatchObject({ encoder: "mobilenet-v2-mid 10", compared: 1, items: [{ distance: 0 }] });
});

test.each([
  ["no such sample", { id: ABSENT, first: 6 }, "NOT_FOUND", "sampleId"],
  ["no id", { id: "x", first: 6 }, "BAD_INPUT", "sampleId"],
  ["too many", { id: ABSENT, first: 25 }, "BAD_INPUT", "first"],
])("%s is refused by its field", async (_, variables, code, field) => {
  const { errors } = await server.ask(QUERY, variables, Role.VIEWER);
  expect(errors?.[0]?.extensions).toEqual({ code, field });
});
