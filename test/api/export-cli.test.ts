import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { download } from "../../tools/export/download.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type ExportedRound, exportedRound } from "./exported-round.ts";

let server: TestServer;
let world: ExportedRound;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  world = await exportedRound(server);
  await server.db.query("update experiments set name = 'foxes' where id = $1", [world.experimentId]);
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-export-cli-"));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const cli = path.resolve(import.meta.dirname, "../../tools/export/cli.ts");
  const child = spawn(process.execPath, ["--import", "tsx", cli, ...args], {
    env: { ...process.env, GANRM_API_URL: server.url, GANRM_TOKEN: server.tokens.VIEWER },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].on("data", (chunk: Buffer) => {
      output[stream] += chunk;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...output };
}

const bytesOf = async (address: string) => {
  const response = await fetch(server.url + address, { headers: { authorization: `Bearer ${server.tokens.VIEWER}` } });
  return Buffer.from(await response.arrayBuffer());
};

test("all that a reward model has is saved, byte for byte, in place of what was there", async () => {
  const out = path.join(folder, "all");
  const command = ["--reward-model", world.modelId, "--out", out, "--images", "base64", "--json"];
  const first = await run(...command);
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining("pairs.parquet")]);
  writeFileSync(path.join(out, "foxes-round-1-R-1-naive-sft.zip"), "old");
  const { code, stdout } = await run(...command);
  expect(code).toBe(0);
  const model = `/exports/reward-models/${world.modelId}`;
  const wanted = {
    "foxes-round-1-R-1-naive-metrics.csv": await bytesOf(`${model}/metrics.csv`),
    "foxes-round-1-R-1-naive-pairs.jsonl": await bytesOf(`${model}/pairs.jsonl?images=base64`),
    "foxes-round-1-R-1-naive-pairs.parquet": await bytesOf(`${model}/pairs.parquet`),
    "foxes-round-1-R-1-naive-sft.zip": await bytesOf(`${model}/sft.zip`),
  };
  expect(readdirSync(out).sort()).toEqual(Object.keys(wanted));
  for (const [name, bytes] of Object.entries(wanted)) expect(readFileSync(path.join(out, name))).toEqual(bytes);
  const { saved, notYet } = JSON.parse(stdout);
  expect(notYet).toEqual([]);
  expect(saved.map(({ file, bytes }: { file: string; bytes: number }) => [path.basename(file), bytes]).sort()).toEqual(
    Object.entries(wanted).map(([name, { length }]) => [name, length]),
  );
});

test("what is not there yet is named and leaves no file; the rest is saved", async () => {
  const out = path.join(folder, "some");
  const { code, stdout, stderr } = await run("--round", world.roundId, "--out", out);
  expect([code, stdout]).toEqual([1, expect.stringContaining("foxes-round-1-metrics.csv")]);
  expect(stderr).toMatch(/Not there yet, foxes-round-1-features.safetensors: No encoder has seen/);
  expect(readdirSync(out)).toEqual(["foxes-round-1-metrics.csv"]);
});

test("wrong ids, kinds and folders are the caller's mistakes, a server that is away is not", async () => {
  expect((await run("--round", "nonsense")).code).toBe(2);
  expect((await run("--round", "01900000-0000-7000-8000-000000000000")).stderr).toContain("No round 01900000");
  expect((await run("--experiment", world.experimentId, "--what", "sft")).code).toBe(2);
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  expect((await run("--round", world.roundId, "--out", file)).code).toBe(2);
  expect((await run("--round", world.roundId, "--api", "http://127.0.0.1:9")).code).toBe(3);
});

/** A server of one's own making. */
async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const made = createServer(listener);
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}/`, server: made };
}

test("an answer that breaks off is asked for again, and no half of it is ever under the file's name", async () => {
  const file = path.join(folder, "broken");
  let requests = 0;
  const { url, server: breaking } = await serve((_request, response) => {
    requests++;
    if (requests === 1) response.writeHead(503).end();
    else if (requests === 2) response.write("half", () => response.destroy());
    else response.end("the whole");
  });
  expect(await download({ url, token: "t", file })).toBe(9);
  expect([readFileSync(file, "utf8"), requests]).toEqual(["the whole", 3]);
  breaking.close();

  const { url: other, server: hanging } = await serve((_request, response) => void response.write("half"));
  const leaving = new AbortController();
  const onProgress = () => leaving.abort();
  await expect(download({ url: other, token: "t", file, onProgress, signal: leaving.signal })).rejects.toThrow();
  expect(readFileSync(file, "utf8")).toBe("the whole");
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  hanging.closeAllConnections();
  hanging.close();
});
