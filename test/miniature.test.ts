import { createWriteStream } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient } from "../shared/api-client.ts";
import { ablationReport } from "../tools/demo/ablation-report.ts";
import { type MiniaturePart, recordMiniature } from "../tools/demo/miniature-arms.ts";
import { demoOptions } from "../tools/demo/options.ts";
import { runReport } from "../tools/demo/run-report.ts";
import { startTestServer, type TestServer } from "./support/server.ts";
import { tableDigests } from "./support/table-digests.ts";
import { tinyPolicy } from "./support/tiny-policy.ts";
import { startWorker, type TestWorker } from "./support/worker.ts";

const EVAL_PROMPTS = 6;
const K = 3;

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

test("the paper in miniature on the smallest generator: arms side by side, an ablation, and a second run does nothing twice", {
  timeout: 1_200_000,
}, async () => {
  const client = new ApiClient({ url: server.url, token: server.tokens.MEMBER });
  const options = demoOptions(
    `--rounds 1 --sft-rounds 1 --train-prompts 30 --eval-prompts ${EVAL_PROMPTS} --k ${K}`.split(" "),
  );
  if (!options) throw new Error("help was not asked for");
  const record = async (): Promise<MiniaturePart[]> => {
    const parts: MiniaturePart[] = [];
    for await (const part of recordMiniature(client, options, {
      ...{ weights: tinyPolicy(), proxyCount: 45, samplingSteps: 2, rewardSteps: 20, resamples: 0 },
      ...{ postTraining: { steps: 3, batch: 4 }, ablationSeeds: [0, 1] },
      stream: createWriteStream("/dev/null") as unknown as NodeJS.WriteStream,
    }))
      parts.push(part);
    return parts;
  };
  const first = await record();
  const [dpo, both, ablations] = first;
  if (!(dpo && "rows" in dpo && both && "rows" in both && ablations && "tables" in ablations))
    throw new Error("parts are missing");
  expect(dpo.rows.map(({ label }) => label)).toEqual(["base", `RM@${K} (selection alone)`, "DPO, round 1"]);
  expect(both.rows.map(({ label }) => label).at(-1)).toBe("SFT, round 1");
  expect(both.rows.map(({ n }) => n)).toEqual([EVAL_PROMPTS * K, EVAL_PROMPTS, EVAL_PROMPTS * K, EVAL_PROMPTS * K]);
  const table = runReport(both.rows).split("\n");
  expect(table[0]).toMatch(/held-out prompts +FD +KID +diversity +fidelity +reward\(judge\)/);
  // a distance of one image a prompt stands beside none of K
  expect(table[2]).toMatch(/^ {2}RM@3 \(selection alone\) +– /);
  expect(ablations.tables.map(({ name }) => name)).toEqual(["Samples a prompt, K"]);
  expect(ablationReport(ablations.tables.at(-1) as never)).toMatch(/K/);

  // both arms begin with the same drawings, which are drawn once
  const [{ drawn }] = await server.db.query(
    "select sum((result->>'drawn')::int)::int as drawn from jobs where kind = 'GENERATE_SAMPLES'",
  );
  expect(drawn).toBe(K * (30 + EVAL_PROMPTS) + 2 * K * EVAL_PROMPTS);
  const recorded = await tableDigests(server.db);
  expect(await record()).toEqual(first);
  expect(await tableDigests(server.db)).toEqual(recorded);
});

test.each([
  ["--rounds 0", /--rounds: a whole number from 1 on, not "0"/],
  ["--k many", /--k: a whole number from 2 on, not "many"/],
  ["--nonsense", /nonsense/],
])("wrong options are named: %s", (args, message) => {
  expect(() => demoOptions(args.split(" "))).toThrow(message);
});
