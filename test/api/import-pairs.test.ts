import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ByteWriter, parquetWrite } from "hyparquet-writer";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { LOG_PAIRS } from "../../tools/client/operations.ts";
import { importExperiment } from "../../tools/import/import-experiment.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type ExportedRound, exportedRound, NASTY_PROMPTS } from "./exported-round.ts";

let server: TestServer;
let world: ExportedRound;
let folder: string;
let client: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  world = await exportedRound(server);
  client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-import-pairs-"));
  const proxy = path.join(folder, "proxy.zip");
  writeFileSync(proxy, await bytesOf(`/exports/reward-models/${world.modelId}/sft.zip`));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const bytesOf = async (address: string) => {
  const response = await fetch(server.url + address, { headers: { authorization: `Bearer ${server.tokens.VIEWER}` } });
  return Buffer.from(await response.arrayBuffer());
};

const picture = (grey: number) =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: { r: grey, g: grey, b: 0 } } })
    .png()
    .toBuffer();

/** Writes a file and imports it. `proxy.zip` has images that no prompt here is judged by. */
async function imported(name: string, bytes: Uint8Array) {
  const samples = path.join(folder, name);
  writeFileSync(samples, bytes);
  const report = await importExperiment(client, {
    ...{ name, samples, proxy: path.join(folder, "proxy.zip"), evalShare: 0 },
  });
  const [{ id: rewardModelId }] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'R', 'NAIVE', 'mobilenet-v2-mid', '{}', 0) on conflict (round_id, name) do update set seed = 0 returning id`,
    [report.roundId],
  );
  const input = { rewardModelId, pairs: report.preferences };
  const logged = await client.ask<{ logPairs: { inserted: number } }>(LOG_PAIRS, { input });
  return { report, rewardModelId, input, inserted: logged.logPairs.inserted };
}

const pairsOf = (rewardModelId: string) =>
  server.db.query(
    `select p.text as caption, h.artifact_sha256 as chosen, l.artifact_sha256 as rejected, h.label as won, l.label as lost
     from pairs q join prompts p on p.id = q.prompt_id join samples h on h.id = q.chosen_sample_id
     join samples l on l.id = q.rejected_sample_id where q.reward_model_id = $1 order by p.position`,
    [rewardModelId],
  );

test.each(["pairs.parquet", "pairs.jsonl?images=base64"])(
  "what was exported as %s comes back: the same preferences of the same images",
  async (file) => {
    const [name = ""] = file.split("?");
    const bytes = await bytesOf(`/exports/reward-models/${world.modelId}/${file}`);
    const { report, rewardModelId, input, inserted } = await imported(name, bytes);
    expect(report.refused).toEqual([]);
    expect(inserted).toBe(NASTY_PROMPTS.length);
    const wanted: object[] = await pairsOf(world.modelId);
    expect(await pairsOf(rewardModelId)).toEqual(
      // captions are trimmed; nothing else changes
      wanted.map((pair) => ({ ...pair, won: "preferred", lost: "rejected" })),
    );
    expect((await client.ask<{ logPairs: { inserted: number } }>(LOG_PAIRS, { input })).logPairs.inserted).toBe(0);
    const again = await imported(name, bytes);
    expect(again.report.experimentId).toBe(report.experimentId);
  },
);

test("an image of several comparisons is one sample; ties and the undecided are no preference; the rest of a bad row goes in", async () => {
  const [a, b, c] = await Promise.all([10, 20, 30].map(picture));
  const row = (x?: Buffer, y?: Buffer, more: object = {}) =>
    JSON.stringify({
      ...{ caption: "a fox", jpg_0: x?.toString("base64"), jpg_1: y?.toString("base64"), label_0: 0 },
      ...more,
    });
  const lines = [
    row(a, b, { has_label: false }),
    row(a, c, { label_0: 0.5 }),
    row(a, b),
    row(b, c),
    row(c, a, { caption: "a cat" }),
    row(a, Buffer.from("no image"), { caption: "a dog" }),
    row(a, undefined),
    "not JSON",
  ];
  const { report, rewardModelId } = await imported("several.jsonl", Buffer.from(lines.join("\n")));
  expect(report.samples).toBe(3 + 2 + 1);
  expect(report.refused.map(({ file, line, reason }) => [file, line, reason])).toEqual([
    ["several.jsonl", 7, expect.stringContaining("jpg_1: must hold the image's bytes")],
    ["several.jsonl", 8, "The line is not JSON."],
    ["several.jsonl: jpg_1 of row 6", null, "It is not a PNG, JPEG, WebP or GIF image."],
  ]);
  const labels = await server.db.query(
    "select s.k, s.label from samples s join prompts p on p.id = s.prompt_id where s.round_id = $1 and p.text = 'a fox' order by s.k",
    [report.roundId],
  );
  expect(labels).toEqual([
    { k: 0, label: "rejected" },
    { k: 1, label: null },
    { k: 2, label: "preferred" },
  ]);
  const pairs: { caption: string }[] = await pairsOf(rewardModelId);
  expect(pairs.map(({ caption }) => caption)).toEqual(["a fox", "a cat"]);
});

test("a Parquet file without the columns is refused by their names", async () => {
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData: [{ name: "caption", data: ["a fox"], type: "STRING" }] });
  await expect(imported("columns.parquet", writer.getBytes())).rejects.toThrow(
    "columns.parquet: It has no column jpg_0, jpg_1, label_0.",
  );
});
