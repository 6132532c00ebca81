import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../server/ml/safetensors.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { writeTar } from "../../tools/import/archive-fixtures.ts";
import { readImageFolder } from "../../tools/import/imagefolder.ts";
import { importExperiment } from "../../tools/import/import-experiment.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type ExportedRound, exportedRound, NASTY_PROMPTS } from "./exported-round.ts";
import { plainPng } from "./open-experiment.ts";

let server: TestServer;
let world: ExportedRound;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  world = await exportedRound(server);
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-export-"));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const get = (address: string) =>
  fetch(server.url + address, { headers: { authorization: `Bearer ${server.tokens.VIEWER}` } });
const bytesOf = async (address: string) => new Uint8Array(await (await get(address)).arrayBuffer());
const refusalOf = async (address: string) => {
  const response = await get(address);
  const { error } = (await response.json()) as { error: { code: string; field: string; message: string } };
  return { status: response.status, ...error };
};

/** Saves an export. @returns where */
async function save(address: string, name: string): Promise<string> {
  const file = path.join(folder, name);
  writeFileSync(file, await bytesOf(address));
  return file;
}

const CHOSEN = `select r.text as prompt, s.k, s.seed, s.artifact_sha256 as sha256, c.score as reward from sample_scores c
  join samples s on s.id = c.sample_id join prompts r on r.id = s.prompt_id
  where c.reward_model_id = $1 and c.rank = 1 order by r.position`;

test("an SFT set goes out and comes in again with its prompts, places, seeds and bytes", async () => {
  const zip = await save(`/exports/reward-models/${world.modelId}/sft.zip`, "sft.zip");
  const proxy = path.join(folder, "proxy.tar");
  const shades = await Promise.all([11, 22, 33].map(plainPng));
  await writeTar(
    proxy,
    shades.map((bytes, i) => ({ name: `${i}.png`, bytes })),
  );
  const client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  const report = await importExperiment(client, { name: "came back", samples: zip, proxy, evalShare: 0 });
  expect(report).toMatchObject({ samples: NASTY_PROMPTS.length, prompts: NASTY_PROMPTS.length, refused: [] });
  const chosen = await server.db.query(CHOSEN, [world.modelId]);
  expect(chosen.map((row: { prompt: string }) => row.prompt)).toEqual(NASTY_PROMPTS);
  expect(chosen.map((row: { k: number }) => row.k)).toEqual(NASTY_PROMPTS.map((_, p) => p % world.k));
  const back = await server.db.query(
    `select r.text as prompt, s.k, s.seed, s.artifact_sha256 as sha256 from samples s join prompts r on r.id = s.prompt_id
     where s.round_id = $1 order by r.position`,
    [report.roundId],
  );
  expect(back).toEqual(chosen.map(({ reward: _, ...row }: { reward: number }) => row));
});

test("each line names its file first and gives the reward in full precision; a tag leaves out other prompts", async () => {
  const address = `/exports/reward-models/${world.modelId}/sft.zip`;
  const zip = await bytesOf(address);
  expect(zip).toEqual(await bytesOf(address));
  const text = Buffer.from(zip).toString("utf8");
  const lines = text
    .slice(text.indexOf("metadata.jsonl") + "metadata.jsonl".length, text.indexOf("PK\x07\x08"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const chosen = await server.db.query(CHOSEN, [world.modelId]);
  expect(lines.map(({ text: caption, prompt, k, seed, reward }) => ({ caption, prompt, k, seed, reward }))).toEqual(
    chosen.map(({ prompt, k, seed, reward }: Record<string, unknown>) => ({
      caption: prompt,
      prompt,
      k,
      seed,
      reward,
    })),
  );
  expect(lines.map((line) => Object.keys(line)[0])).toEqual(lines.map(() => "file_name"));
  expect(lines.slice(0, 4).map((line) => line.file_name)).toEqual([
    "000000-k0.png",
    "000001-k1.png",
    "000002-k2.png",
    "000003-k0.jpg",
  ]);
  const tagged = await save(`${address}?promptTag=train`, "train.zip");
  const names: string[] = [];
  for await (const item of readImageFolder(tagged)) if (item.kind === "item") names.push(item.prompt);
  expect(names).toEqual(NASTY_PROMPTS.slice(0, -2));
});

test("what is not scored, tagged or paired is refused with a code and nothing is sent", async () => {
  const [{ id }] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'unscored', 'NAIVE', 'mobilenet-v2-mid', '{}', 0) returning id`,
    [world.roundId],
  );
  const model = `/exports/reward-models/${id}`;
  expect(await refusalOf(`${model}/sft.zip`)).toMatchObject({ status: 409, code: "SAMPLES_NOT_SCORED", field: "id" });
  expect(await refusalOf(`${model}/pairs.parquet`)).toMatchObject({ status: 409, code: "TOO_FEW_ITEMS", field: "id" });
  const scored = `/exports/reward-models/${world.modelId}`;
  expect(await refusalOf(`${scored}/sft.zip?promptTag=none`)).toMatchObject({
    code: "TOO_FEW_ITEMS",
    field: "promptTag",
  });
});

const WIDTH = 6;
const OTHER_KEY = "b".repeat(64);
const KEY = "a".repeat(64);

/** As a worker does: uploads matrices of some images each, and registers them. @returns the row of each image */
async function encodeAs(
  key: string,
  encoder: string,
  images: string[],
  rowsEach: number,
): Promise<Map<string, number[]>> {
  const rows = new Map(
    images.map((image, i) => [image, Array.from({ length: WIDTH }, (_, j) => Math.fround(i / 7 + j))]),
  );
  for (let from = 0; from < images.length; from += rowsEach) {
    const members = images.slice(from, from + rowsEach);
    const data = Float32Array.from(members.flatMap((image) => rows.get(image) ?? []));
    const bytes = Buffer.from(
      encodeSafetensors({
        tensors: new Map([["features", { shape: [members.length, WIDTH], data }]]),
        metadata: { encoder, encoderKey: key, images: members.join("\n") },
      }),
    );
    const { body } = await server.upload(bytes, {
      "x-artifact-kind": "FEATURES",
      authorization: `Bearer ${server.tokens.WORKER}`,
    });
    const { errors } = await server.ask(
      "mutation ($input: RegisterFeaturesInput!) { registerFeatures(input: $input) { rows { row } } }",
      { input: { encoderKey: key, matrixSha256: body.sha256, images: members } },
      Role.WORKER,
    );
    if (errors) throw new Error(JSON.stringify(errors));
  }
  return rows;
}

test("features come row by row under their names, however they were spread over matrices", async () => {
  const samples: { id: string; place: string; image: string }[] = await server.db.query(
    `select id, prompt_position || ':' || k as place, artifact_sha256 as image from samples where round_id = $1
     order by prompt_position, k`,
    [world.roundId],
  );
  const address = `/exports/rounds/${world.roundId}/features.safetensors`;
  expect(await refusalOf(address)).toMatchObject({ status: 409, code: "FEATURES_MISSING", field: "encoderKey" });
  const shuffled = samples.map(({ image }) => image).sort();
  const rows = await encodeAs(KEY, "one 1", shuffled.slice(0, -3), 5);
  const missing = { status: 409, code: "FEATURES_MISSING", message: expect.stringMatching(/^3 of 24 images/) };
  expect(await refusalOf(`${address}?encoderKey=${KEY}`)).toMatchObject(missing);
  for (const [image, row] of await encodeAs(KEY, "one 1", shuffled.slice(-3), 5)) rows.set(image, row);
  const { tensors, metadata } = decodeSafetensors(await bytesOf(address));
  expect(metadata).toEqual({
    encoder: "one 1",
    encoderKey: KEY,
    rows: samples.map(({ id }) => id).join("\n"),
    images: samples.map(({ image }) => image).join("\n"),
    places: samples.map(({ place }) => place).join("\n"),
  });
  const features = tensors.get("features");
  expect(features?.shape).toEqual([24, WIDTH]);
  expect(Array.from(features?.data as Float32Array)).toEqual(samples.flatMap(({ image }) => rows.get(image)));

  await encodeAs(OTHER_KEY, "other 2", shuffled, 24);
  const several = { status: 400, code: "BAD_INPUT", field: "encoderKey" };
  const refusal = await refusalOf(address);
  expect(refusal).toMatchObject(several);
  expect(refusal.message).toContain(`${KEY} (one 1), ${OTHER_KEY} (other 2)`);
  expect(decodeSafetensors(await bytesOf(`${address}?encoderKey=${KEY}`))).toEqual({ tensors, metadata });
});

test("features of a proxy set say which items are held out", async () => {
  const items: { id: string; split: string; image: string }[] = await server.db.query(
    "select id, split, artifact_sha256 as image from proxy_items where proxy_set_id = $1 order by artifact_sha256",
    [world.proxySetId],
  );
  const rows = await encodeAs(KEY, "one 1", items.map(({ image }) => image).toReversed(), 2);
  const { tensors, metadata } = decodeSafetensors(
    await bytesOf(`/exports/proxy-sets/${world.proxySetId}/features.safetensors`),
  );
  expect(metadata.rows).toBe(items.map(({ id }) => id).join("\n"));
  expect(metadata.splits).toBe(items.map(({ split }) => split).join("\n"));
  expect(Array.from(tensors.get("features")?.data as Float32Array)).toEqual(
    items.flatMap(({ image }) => rows.get(image)),
  );
});
