import { createWriteStream } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient } from "../shared/api-client.ts";
import { ablationReport } from "../tools/demo/ablation-report.ts";
import { buildEmojiDataset } from "../tools/demo/dataset.ts";
import { recordAblations } from "../tools/demo/record-ablations.ts";
import { recordRound } from "../tools/demo/record-round.ts";
import { startTestServer, type TestServer } from "./support/server.ts";
import { tableDigests } from "./support/table-digests.ts";
import { startWorker, type TestWorker } from "./support/worker.ts";

const K = 4;
const EVAL_PROMPTS = 40;

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = startWorker(server);
});
afterAll(async () => {
  await worker?.stop();
  await server?.stop();
});

test("the demo's steps on fewer images: the unseen style is picked far above chance, and a second run does nothing twice", {
  timeout: 120_000,
}, async () => {
  const client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  const stream = createWriteStream("/dev/null") as unknown as NodeJS.WriteStream;
  const dataset = buildEmojiDataset({ proxyCount: 60, trainPrompts: 40, evalPrompts: EVAL_PROMPTS, k: K });
  const first = await recordRound(client, { dataset, k: K, steps: 60, stream });
  const { bestOfK, pairs, heldOutAuc } = first.judgement;
  expect(bestOfK).toMatchObject({ prompts: EVAL_PROMPTS, chance: 1 / K });
  expect(bestOfK?.low).toBeGreaterThan(0.4);
  expect(heldOutAuc).toBeGreaterThan(0.8);
  expect(pairs).toBeGreaterThan(EVAL_PROMPTS);
  const jobs = "{ jobs { nodes { kind state attempts progress } } }";
  const { data } = await server.ask(jobs);
  expect(data.jobs.nodes).toEqual([
    { kind: "SCORE_SAMPLES", state: "SUCCEEDED", attempts: 1, progress: 1 },
    { kind: "TRAIN_REWARD_MODEL", state: "SUCCEEDED", attempts: 1, progress: 1 },
  ]);

  const recorded = await tableDigests(server.db);
  expect(await recordRound(client, { dataset, k: K, steps: 60, stream })).toEqual(first);
  expect(await tableDigests(server.db)).toEqual(recorded);
});

test("the demo's ablations on fewer images: three tables, told in words, and a second run does nothing twice", {
  timeout: 240_000,
}, async () => {
  const client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  const stream = createWriteStream("/dev/null") as unknown as NodeJS.WriteStream;
  const size = { proxyCount: 60, trainPrompts: 40, evalPrompts: EVAL_PROMPTS };
  const request = {
    dataset: buildEmojiDataset({ ...size, k: 7, trainOn: "ALL_VENDORS" }),
    k: 7,
    grid: { seeds: [0, 1], n: [16, 48], k: [2, 7], steps: 30 },
    stream,
  };
  const first = await recordAblations(client, request);
  expect(first.tables.map(({ name, table }) => [name, table.rows.map((row) => row.label)])).toEqual([
    ["Strategies", ["Naive", "Average", "Voting", "Bootstrap"]],
    ["Proxy data, N", ["N=16", "N=48"]],
    ["Samples a prompt, K", ["K=2", "K=7"]],
  ]);
  for (const { judgedPromptCount, table } of first.tables) {
    expect(judgedPromptCount).toBe(EVAL_PROMPTS);
    for (const row of table.rows) for (const value of row.values) expect(value.mean).not.toBeNull();
  }
  const [strategies = ""] = first.tables.map(ablationReport);
  expect(strategies).toMatch(/^ {2}Strategies +best-of-K accuracy +pick rate +FD\(mobilenet-v2-mid\)\n {2}Naive +0\./);
  expect(strategies).toMatch(
    /Bootstrap beside Naive, best-of-K accuracy: [+−]0\.\d+ \(.+\), (better|worse|no evidence)/,
  );
  const recorded = await tableDigests(server.db);
  expect(await recordAblations(client, request)).toEqual(first);
  expect(await tableDigests(server.db)).toEqual(recorded);
});
