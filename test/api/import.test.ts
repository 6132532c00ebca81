import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import type { ImportProblem } from "../../tools/import/imagefolder.ts";
import { importExperiment } from "../../tools/import/import-experiment.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-import-"));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const picture = (grey: number) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: grey, g: grey, b: 255 - grey } } })
    .png()
    .toBuffer();

test("a lab's folder becomes an experiment with round 1; a broken image is named and the rest goes in", async () => {
  const samples = path.join(folder, "samples");
  const proxy = path.join(folder, "proxy");
  mkdirSync(samples);
  mkdirSync(proxy);
  const lines: object[] = [];
  for (let i = 0; i < 6; i++) {
    writeFileSync(path.join(samples, `${i}.png`), await picture(i * 20));
    lines.push({ file_name: `${i}.png`, prompt: i < 3 ? "a cat" : "a dog", seed: i, label: "lab" });
  }
  const whole = await picture(200);
  writeFileSync(path.join(samples, "broken.png"), whole.subarray(0, whole.length - 30));
  lines.push({ file_name: "broken.png", prompt: "a dog" });
  writeFileSync(path.join(samples, "metadata.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
  for (let i = 0; i < 5; i++) writeFileSync(path.join(proxy, `p${i}.png`), await picture(100 + i));
  const problems: ImportProblem[] = [];
  const client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  const report = await importExperiment(client, {
    name: "own files",
    samples,
    proxy,
    onProblem: (p) => problems.push(p),
  });
  expect([report.samples, report.proxyImages, report.problems]).toEqual([6, 5, 1]);
  expect(problems[0]?.file).toContain("broken.png");
  const { data } = await server.ask(
    `query ($id: ID!) { round(id: $id) { sampleCount experiment { k } promptRows(first: 10) { nodes { prompt { text } samples { k seed label } } } } }`,
    { id: report.roundId },
  );
  expect(data.round.sampleCount).toBe(6);
  expect(data.round.promptRows.nodes.map((row: { prompt: { text: string } }) => row.prompt.text)).toEqual([
    "a cat",
    "a dog",
  ]);
  expect(data.round.promptRows.nodes[1].samples.map((s: { seed: number }) => s.seed)).toEqual([3, 4, 5]);
});
