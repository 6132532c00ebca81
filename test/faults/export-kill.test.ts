/** A server that is killed in the middle of sending an export. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { download } from "../../tools/export/download.ts";
import { openExperiment } from "../api/open-experiment.ts";
import { freePort, type LabProcess, labFolder, startLabProcess } from "../support/lab-process.ts";

const PATIENCE_MS = 240_000;
const BATCHES = 12;
const POINTS = 5000;
/** Makes every line 500 bytes long: more in all than the buffers between server and client hold. */
const PROVENANCE = { by: "x".repeat(400) };
const LOG = "mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }";

const folder = labFolder();
let files: string;
let port: number;
let lab: LabProcess;
let address: string;
const start = () => startLabProcess(folder.path, { GANRM_PORT: String(port), LOG_LEVEL: "warn" });

beforeAll(async () => {
  port = await freePort();
  lab = await start();
  files = await mkdtemp(path.join(os.tmpdir(), "gan-rm-exports-"));
  const { experimentId } = await openExperiment(lab, 1, 2);
  for (let batch = 0; batch < BATCHES; batch++) {
    const points = Array.from({ length: POINTS }, (_, i) => ({
      ...{ subject: "EXPERIMENT", subjectId: experimentId, name: "loss", direction: "LOWER", provenance: PROVENANCE },
      ...{ step: batch * POINTS + i, value: 1 / (batch * POINTS + i + 1) },
    }));
    const { errors } = await lab.ask(LOG, { input: { points } });
    if (errors) throw new Error(JSON.stringify(errors));
  }
  address = `${lab.url}/exports/experiments/${experimentId}/metrics.csv`;
}, PATIENCE_MS);
afterAll(async () => {
  await lab?.stop();
  folder.remove();
  await rm(files, { recursive: true, force: true });
});

test("a plain client is told that its part is not the whole, and the program's download ends with all of it", {
  timeout: PATIENCE_MS,
}, async () => {
  const headers = { authorization: `Bearer ${lab.adminToken}` };
  const { body } = await fetch(address, { headers });
  const reader = body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(0);

  const file = path.join(files, "metrics.csv");
  let restarted: Promise<void> | undefined;
  let most = 0;
  let broke = 0;
  const restart = async () => {
    await lab.kill();
    lab = await start();
  };
  const bytes = await download({
    url: address,
    token: lab.adminToken,
    file,
    patience: PATIENCE_MS,
    onProgress(received) {
      if (received < most) broke = most;
      most = received;
      if (received > 1 << 21) restarted ??= restart();
    },
  });
  await restarted;
  const rest = async () => {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read());
  };
  await expect(rest()).rejects.toThrow("terminated");

  expect(broke).toBeGreaterThan(0);
  expect(broke).toBeLessThan(bytes);
  const whole = Buffer.from(await (await fetch(address, { headers })).arrayBuffer());
  const saved = await readFile(file);
  expect(saved.equals(whole)).toBe(true);
  expect(bytes).toBe(whole.length);
  expect(saved.toString().trimEnd().split("\n")).toHaveLength(1 + BATCHES * POINTS);
  expect(await readdir(files)).toEqual(["metrics.csv"]);
});
